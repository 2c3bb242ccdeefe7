/** Arrays of numbers as files hold them, row-major, and the types of their elements. It knows no file format. */
import { sizeOf, type Shape } from '../../compute/graph/tensor';

export type NumericType = 'bool' | 'u8' | 'u16' | 'u32' | 'u64' | 'i8' | 'i16' | 'i32' | 'i64' | 'f16' | 'f32' | 'f64';

/** Numbers of 64 bits and halves have wider homes here: whole numbers beyond ±2⁵³ are refused where files are read. */
export type NumericData = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export interface NumericArray {
  /** [] for a single number. */
  readonly shape: Shape;
  readonly type: NumericType;
  /** Row-major, of the length that the shape says. */
  readonly data: NumericData;
}

interface NumericTypeFacts {
  /** In a file. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** Where elements of this type live in memory. */
  readonly create: (length: number) => NumericData;
}

export const numericTypes: Readonly<Record<NumericType, NumericTypeFacts>> = {
  bool: { bytes: 1, create: (length) => new Uint8Array(length) },
  u8: { bytes: 1, create: (length) => new Uint8Array(length) },
  u16: { bytes: 2, create: (length) => new Uint16Array(length) },
  u32: { bytes: 4, create: (length) => new Uint32Array(length) },
  u64: { bytes: 8, create: (length) => new Float64Array(length) },
  i8: { bytes: 1, create: (length) => new Int8Array(length) },
  i16: { bytes: 2, create: (length) => new Int16Array(length) },
  i32: { bytes: 4, create: (length) => new Int32Array(length) },
  i64: { bytes: 8, create: (length) => new Float64Array(length) },
  f16: { bytes: 2, create: (length) => new Float32Array(length) },
  f32: { bytes: 4, create: (length) => new Float32Array(length) },
  f64: { bytes: 8, create: (length) => new Float64Array(length) },
};

/** Of the array's elements in a file, in bytes. */
export const fileBytes = ({ shape, type }: Pick<NumericArray, 'shape' | 'type'>): number => sizeOf(shape) * numericTypes[type].bytes;
