/** The values of a page by the encoding and the type of their column: numbers as doubles, all else as bytes. */
import { fromHalf } from '../npy/half';
import {
  joinStreams,
  readByteArrays,
  readDeltaBytes,
  readDeltaLengths,
  readDeltas,
  readFixedArrays,
  readHybrid,
  wrong,
  type Cursor,
} from './encodings';
import type { SchemaNode } from './metadata';

export type Values =
  { readonly numbers: Float64Array; readonly bytes: null } | { readonly numbers: null; readonly bytes: readonly Uint8Array[] };

const encodings = {
  plain: 0,
  plainDictionary: 2,
  runLength: 3,
  deltas: 5,
  deltaLengths: 6,
  deltaBytes: 7,
  dictionary: 8,
  streams: 9,
} as const;

/** Whether the values of a leaf are numbers, once its meaning is taken into account. */
export const isNumeric = ({ type, meaning }: SchemaNode): boolean =>
  type === 'BYTE_ARRAY'
    ? meaning.kind === 'decimal'
    : type === 'FIXED_LEN_BYTE_ARRAY'
      ? meaning.kind === 'half' || meaning.kind === 'decimal'
      : true;

const numbersOnly = (numbers: Float64Array): Values => ({ numbers, bytes: null });
const bytesOnly = (bytes: readonly Uint8Array[]): Values => ({ numbers: null, bytes });

const widths = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8 } as const;
const hasWidth = (type: SchemaNode['type']): type is keyof typeof widths => type !== null && Object.hasOwn(widths, type);

/** Big-endian, in two's complement, as decimals stand in bytes. The nearest double. */
function wholeOf(bytes: Uint8Array): number {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return Number(BigInt.asIntN(bytes.length * 8, value));
}

/** Numbers from byte arrays that mean some. */
function numbersFrom(values: readonly Uint8Array[], { meaning }: SchemaNode): Float64Array {
  if (meaning.kind === 'half')
    return Float64Array.from(values, (bytes) =>
      bytes.length === 2 ? fromHalf(bytes[0]! | (bytes[1]! << 8)) : wrong('a half of another length'),
    );
  const scale = meaning.kind === 'decimal' ? 10 ** meaning.scale : 1;
  return Float64Array.from(values, (bytes) => (bytes.length > 64 ? wrong('a decimal of more than 64 bytes') : wholeOf(bytes) / scale));
}

function readPlain(cursor: Cursor, count: number, node: SchemaNode): Values {
  const { type, typeLength, meaning } = node;
  const { bytes } = cursor;
  if (type === 'BOOLEAN') {
    if (cursor.at + Math.ceil(count / 8) > bytes.length) wrong('values beyond the end');
    return numbersOnly(Float64Array.from({ length: count }, (_, index) => (bytes[cursor.at + (index >> 3)]! >> (index & 7)) & 1));
  }
  if (hasWidth(type)) {
    const width = widths[type];
    if (cursor.at + count * width > bytes.length) wrong('values beyond the end');
    const view = new DataView(bytes.buffer, bytes.byteOffset + cursor.at, count * width);
    const numbers = new Float64Array(count);
    const unsigned = meaning.kind === 'unsigned';
    for (let index = 0; index < count; index++) {
      const offset = index * width;
      if (type === 'DOUBLE') numbers[index] = view.getFloat64(offset, true);
      else if (type === 'FLOAT') numbers[index] = view.getFloat32(offset, true);
      else if (type === 'INT32') numbers[index] = unsigned ? view.getUint32(offset, true) : view.getInt32(offset, true);
      // Beyond 2⁵³ the nearest double, as any column of numbers has it.
      else numbers[index] = Number(unsigned ? view.getBigUint64(offset, true) : view.getBigInt64(offset, true));
    }
    return numbersOnly(scaled(numbers, node));
  }
  const values = type === 'FIXED_LEN_BYTE_ARRAY' ? readFixedArrays(cursor, count, typeLength) : readByteArrays(cursor, count);
  return isNumeric(node) ? numbersOnly(numbersFrom(values, node)) : bytesOnly(values);
}

function scaled(numbers: Float64Array, { meaning }: SchemaNode): Float64Array {
  if (meaning.kind !== 'decimal' || meaning.scale === 0) return numbers;
  const scale = 10 ** meaning.scale;
  return numbers.map((value) => value / scale);
}

function readIndices(cursor: Cursor, count: number, dictionary: Values): Values {
  const indices = new Int32Array(count);
  if (count > 0) {
    const width = cursor.bytes[cursor.at++] ?? wrong('values beyond the end');
    readHybrid(cursor, cursor.bytes.length, width, indices);
  }
  const size = (dictionary.numbers ?? dictionary.bytes).length;
  for (const index of indices) if (index >>> 0 >= size) wrong(`value ${index >>> 0} of a dictionary of ${size}`);
  if (dictionary.numbers === null) return bytesOnly(Array.from(indices, (index) => dictionary.bytes[index]!));
  const { numbers } = dictionary;
  return numbersOnly(Float64Array.from(indices, (index) => numbers[index]!));
}

/** Null for an encoding that is not read, or not for this type. Throws RangeErrors in words. */
export function readValues(encoding: number, cursor: Cursor, count: number, node: SchemaNode, dictionary: Values | null): Values | null {
  const { type, typeLength, meaning } = node;
  switch (encoding) {
    case encodings.plain:
      return readPlain(cursor, count, node);
    case encodings.plainDictionary:
    case encodings.dictionary:
      return dictionary === null ? wrong('values of a dictionary that is not there') : readIndices(cursor, count, dictionary);
    case encodings.runLength: {
      if (type !== 'BOOLEAN') return null;
      const truths = new Uint8Array(count);
      if (cursor.at + 4 > cursor.bytes.length) wrong('values beyond the end');
      cursor.at += 4;
      readHybrid(cursor, cursor.bytes.length, 1, truths);
      return numbersOnly(Float64Array.from(truths));
    }
    case encodings.deltas: {
      if (type !== 'INT32' && type !== 'INT64') return null;
      // A few bytes can stand for very many equal differences: what is asked for is the count of the page, bounded before.
      const bits = type === 'INT32' ? 32 : 64;
      const values = readDeltas(cursor, count, bits);
      return numbersOnly(
        scaled(
          Float64Array.from(values, (value) => Number(meaning.kind === 'unsigned' ? BigInt.asUintN(bits, value) : value)),
          node,
        ),
      );
    }
    case encodings.deltaLengths:
    case encodings.deltaBytes: {
      if (type !== 'BYTE_ARRAY' && (type !== 'FIXED_LEN_BYTE_ARRAY' || encoding === encodings.deltaLengths)) return null;
      const values = encoding === encodings.deltaLengths ? readDeltaLengths(cursor, count) : readDeltaBytes(cursor, count);
      if (type === 'FIXED_LEN_BYTE_ARRAY' && values.some(({ length }) => length !== typeLength)) wrong('a value of another length');
      return isNumeric(node) ? numbersOnly(numbersFrom(values, node)) : bytesOnly(values);
    }
    case encodings.streams: {
      const width = hasWidth(type) ? widths[type] : type === 'FIXED_LEN_BYTE_ARRAY' ? typeLength : null;
      return width === null ? null : readPlain({ bytes: joinStreams(cursor, count, width), at: 0 }, count, node);
    }
    default:
      return null;
  }
}
