/** Numbers in an ONNX file: where they lie, and what they are. Nothing is decoded before its size was compared with its bytes. */
import { sizeOf } from '../../../compute/graph/tensor';
import { addFloats, addWholes, bytesOf, DamagedFile, fieldsOf, spanIn, textIn, wholeIn, type Span } from './protobuf';

/** Elements; what analyseNetwork allows one weight to have. */
export const LARGEST_CONSTANT = 2 ** 28;

export type OnnxNumbers = Float32Array | Float64Array;

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** TensorProto.DataType. */
  readonly type: number;
  /** Floats of 4 bytes and fewer as f32, all others as f64: whole numbers beyond 2⁵³ are rounded. Throws DamagedFile. */
  readonly decode: () => OnnxNumbers;
}

/** 2 bytes of IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));
function brain(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly kind: 'float' | 'integer' | 'boolean';
  readonly at: (view: DataView, offset: number) => number;
  /** The field of TensorProto that holds such numbers where they do not stand as bytes; its numbers may be bits of ours. */
  readonly field: 4 | 5 | 7 | 10 | 11;
  readonly from?: (bits: number) => number;
}

/** By TensorProto.DataType. */
export const elementTypes: Readonly<Record<number, ElementType>> = {
  1: { name: 'float32', bytes: 4, kind: 'float', field: 4, at: (view, offset) => view.getFloat32(offset, true) },
  2: { name: 'uint8', bytes: 1, kind: 'integer', field: 5, at: (view, offset) => view.getUint8(offset) },
  3: { name: 'int8', bytes: 1, kind: 'integer', field: 5, at: (view, offset) => view.getInt8(offset) },
  4: { name: 'uint16', bytes: 2, kind: 'integer', field: 5, at: (view, offset) => view.getUint16(offset, true) },
  5: { name: 'int16', bytes: 2, kind: 'integer', field: 5, at: (view, offset) => view.getInt16(offset, true) },
  6: { name: 'int32', bytes: 4, kind: 'integer', field: 5, at: (view, offset) => view.getInt32(offset, true) },
  7: { name: 'int64', bytes: 8, kind: 'integer', field: 7, at: (view, offset) => Number(view.getBigInt64(offset, true)) },
  9: { name: 'bool', bytes: 1, kind: 'boolean', field: 5, at: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1) },
  10: { name: 'float16', bytes: 2, kind: 'float', field: 5, at: (view, offset) => half(view.getUint16(offset, true)), from: half },
  11: { name: 'float64', bytes: 8, kind: 'float', field: 10, at: (view, offset) => view.getFloat64(offset, true) },
  12: { name: 'uint32', bytes: 4, kind: 'integer', field: 11, at: (view, offset) => view.getUint32(offset, true) },
  13: { name: 'uint64', bytes: 8, kind: 'integer', field: 11, at: (view, offset) => Number(view.getBigUint64(offset, true)) },
  16: { name: 'bfloat16', bytes: 2, kind: 'float', field: 5, at: (view, offset) => brain(view.getUint16(offset, true)), from: brain },
};

export function readTensor(span: Span): OnnxTensor {
  let name = '';
  let type = 0;
  let external = false;
  let raw: Span | null = null;
  const shape: number[] = [];
  for (const field of fieldsOf(span)) {
    if (field.number === 1) addWholes(field, shape, 64);
    else if (field.number === 2) type = wholeIn(field);
    else if (field.number === 8) name = textIn(field);
    else if (field.number === 9) raw = spanIn(field);
    else if (field.number === 13) external = true;
    else if (field.number === 14) external ||= wholeIn(field) === 1;
  }
  const decode = (): OnnxNumbers => {
    const broken = (reason: string): DamagedFile => new DamagedFile(`${reason} (weight ${name})`, span.start);
    if (external) throw broken('numbers that lie in another file: save the model as one file');
    const element = elementTypes[type];
    if (element === undefined) throw broken(`numbers of the type ${String(type)}, which are not read`);
    const count = sizeOf(shape);
    if (shape.some((size) => size < 0) || !Number.isSafeInteger(count) || count > LARGEST_CONSTANT) throw broken('an impossible shape');
    const make = (): OnnxNumbers => (type === 1 || type === 10 || type === 16 ? new Float32Array(count) : new Float64Array(count));
    if (raw !== null) {
      const bytes = bytesOf(raw);
      if (bytes.length !== count * element.bytes)
        throw broken(`${String(count * element.bytes)} bytes are needed, ${String(bytes.length)} are there`);
      // A copy made so: the slice of one of Node's Buffers would be a view of a larger one.
      if (type === 1) return new Float32Array(new Uint8Array(bytes).buffer);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return make().map((_, index) => element.at(view, index * element.bytes));
    }
    // A number takes at least a byte, so that the list is bounded by the file.
    const most = Math.min(count, span.end - span.start);
    const numbers: number[] = [];
    for (const field of fieldsOf(span)) {
      if (field.number !== element.field) continue;
      if (element.field === 4 || element.field === 10) addFloats(field, numbers, most, element.field === 4 ? 4 : 8);
      else addWholes(field, numbers, most);
    }
    if (numbers.length !== count) throw broken(`${String(count)} numbers are needed, ${String(numbers.length)} are there`);
    const { from } = element;
    const data = make();
    for (const [index, value] of numbers.entries()) data[index] = from === undefined ? value : from(value);
    return data;
  };
  return { name, shape, type, decode };
}
