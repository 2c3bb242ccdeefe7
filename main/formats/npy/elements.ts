/** Elements of arrays between bytes of a file and numbers in memory, in either byte order. */
import { failure, success, type Outcome } from '../../../compute/graph/problem';
import { numericTypes, type NumericArray, type NumericData, type NumericType } from '../numeric-array';
import { fromHalf, toHalf } from './half';

type Reader = (view: DataView, offset: number, littleEndian: boolean) => number;

const readers: Readonly<Record<NumericType, Reader>> = {
  // Any byte but zero is true, as numpy takes it.
  bool: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1),
  u8: (view, offset) => view.getUint8(offset),
  u16: (view, offset, little) => view.getUint16(offset, little),
  u32: (view, offset, little) => view.getUint32(offset, little),
  u64: (view, offset, little) => Number(view.getBigUint64(offset, little)),
  i8: (view, offset) => view.getInt8(offset),
  i16: (view, offset, little) => view.getInt16(offset, little),
  i32: (view, offset, little) => view.getInt32(offset, little),
  i64: (view, offset, little) => Number(view.getBigInt64(offset, little)),
  f16: (view, offset, little) => fromHalf(view.getUint16(offset, little)),
  f32: (view, offset, little) => view.getFloat32(offset, little),
  f64: (view, offset, little) => view.getFloat64(offset, little),
};

/** Types whose bytes in a little-endian file are those in memory, as on every platform that Hebb runs on. */
const sameInMemory: ReadonlySet<NumericType> = new Set(['u8', 'u16', 'u32', 'i8', 'i16', 'i32', 'f32', 'f64']);

/**
 * `count` elements of bytes, which hold exactly them, into `target` from `first` on, `stride` apart. Problems: npy.integer,
 * a whole number beyond ±2⁵³.
 */
export function readElements(
  file: string,
  bytes: Uint8Array,
  { type, littleEndian }: { readonly type: NumericType; readonly littleEndian: boolean },
  target: NumericData,
  first = 0,
  stride = 1,
): Outcome<void> {
  const width = numericTypes[type].bytes;
  if (stride === 1 && littleEndian && sameInMemory.has(type)) {
    new Uint8Array(target.buffer, target.byteOffset + first * width, bytes.length).set(bytes);
    return success(undefined);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = readers[type];
  const wide = type === 'i64' || type === 'u64';
  for (let offset = 0, place = first; offset < bytes.length; offset += width, place += stride) {
    const value = read(view, offset, littleEndian);
    if (wide && !Number.isSafeInteger(value)) return failure('npy.integer', { file, index: place, maximum: 2 ** 53 });
    target[place] = value;
  }
  return success(undefined);
}

/** The elements of an array as a little-endian file has them. Elements that their type cannot hold are the caller's mistake. */
export function elementBytes({ type, data }: NumericArray): Uint8Array {
  if (sameInMemory.has(type) || type === 'bool') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const width = numericTypes[type].bytes;
  const view = new DataView(new ArrayBuffer(data.length * width));
  for (let index = 0; index < data.length; index++) {
    const value = data[index]!;
    if (type === 'f16') view.setUint16(index * width, toHalf(value), true);
    else if (type === 'u64') view.setBigUint64(index * width, BigInt(value), true);
    else view.setBigInt64(index * width, BigInt(value), true);
  }
  return new Uint8Array(view.buffer);
}
