/**
 * NPY, one array of numpy in a file (numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1 to 3: numbers
 * and truth values of any width, both byte orders, both orders of axes. Python objects are refused: they are pickle, which runs code.
 */
import { failure, success, type Outcome } from '../../compute/graph/problem';
import { sizeOf } from '../../compute/graph/tensor';
import type { ByteSource } from './byte-source';
import { defineFormat } from './format';
import { elementBytes, readElements } from './npy/elements';
import { hasMagic, headerLength, magic, prefixBytes, readHeader, type NpyHeader } from './npy/header';
import { fileBytes, numericTypes, type NumericArray, type NumericData } from './numeric-array';

export type { NpyHeader } from './npy/header';

/** Bytes of rows that are asked for in one go. */
const mostRowBytes = 2 ** 28;

export interface OpenNpy extends NpyHeader {
  /**
   * Entries `first` to `first + count` along the first axis, row-major whatever the order of the file. Problems:
   * npy.integer, npy.changed (the file became shorter), npy.rows-too-large (more than 256 MiB at once).
   */
  readonly readRows: (first: number, count: number) => Promise<Outcome<NumericData>>;
}

/** Reads the header of a file and checks that exactly what it claims is there. Problems: npy.*. */
export async function openNpy(source: ByteSource): Promise<Outcome<OpenNpy>> {
  const prefix = await source.read(0, prefixBytes);
  const length = headerLength(source.name, prefix);
  if (!length.ok) return length;
  const { from, to } = length.value;
  const bytes = await source.read(from, to);
  if (bytes.length < to - from)
    return failure('npy.truncated', { file: source.name, offset: from + bytes.length, expected: to, actual: from + bytes.length });
  const header = readHeader(source.name, new TextDecoder().decode(bytes), to, source.size);
  if (!header.ok) return header;
  return success({ ...header.value, readRows: (first, count) => readRows(source, header.value, first, count) });
}

async function readRows(source: ByteSource, header: NpyHeader, first: number, count: number): Promise<Outcome<NumericData>> {
  const { shape, type, dataOffset, fortranOrder } = header;
  const [total = 1, ...axes] = shape;
  const rowLength = sizeOf(axes);
  const width = numericTypes[type].bytes;
  const rows = Math.max(0, Math.min(count, total - first));
  if (rows * rowLength * width > mostRowBytes) return failure('npy.rows-too-large', { file: source.name, maximum: mostRowBytes });
  const data = numericTypes[type].create(rows * rowLength);
  const into = async (start: number, length: number, place: number, stride: number): Promise<Outcome<void>> => {
    const from = dataOffset + start * width;
    const bytes = await source.read(from, from + length * width);
    if (bytes.length < length * width) return failure('npy.changed', { file: source.name, offset: from + bytes.length });
    return readElements(source.name, bytes, header, data, place, stride);
  };
  if (!fortranOrder || axes.length === 0) {
    const done = await into(first * rowLength, rows * rowLength, 0, 1);
    return done.ok ? success(data) : done;
  }
  // Column-major: for each place within a row the rows lie side by side.
  for (let place = 0; place < rowLength; place++) {
    const done = await into(columnMajorIndex(place, axes) * total + first, rows, place, rowLength);
    if (!done.ok) return done;
  }
  return success(data);
}

/** Where an element stands column-major that stands at `index` row-major. */
function columnMajorIndex(index: number, axes: readonly number[]): number {
  let [rest, result, stride] = [index, 0, sizeOf(axes)];
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const size = axes[axis]!;
    stride /= size;
    result += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return result;
}

/** The whole array of a file in memory. Problems: npy.*. `file` is named in them. */
export function readNpy(bytes: Uint8Array, file = ''): Outcome<NumericArray> {
  const length = headerLength(file, bytes.subarray(0, prefixBytes));
  if (!length.ok) return length;
  const { from, to } = length.value;
  if (bytes.length < to) return failure('npy.truncated', { file, offset: bytes.length, expected: to, actual: bytes.length });
  const header = readHeader(file, new TextDecoder().decode(bytes.subarray(from, to)), to, bytes.length);
  if (!header.ok) return header;
  const { shape, type, fortranOrder } = header.value;
  const count = sizeOf(shape);
  const data = numericTypes[type].create(count);
  const read = readElements(file, bytes.subarray(to), header.value, data);
  if (!read.ok) return read;
  if (!fortranOrder || shape.length < 2 || count === 0) return success({ shape, type, data });
  const ordered = numericTypes[type].create(count);
  for (let index = 0; index < count; index++) ordered[index] = data[columnMajorIndex(index, shape)]!;
  return success({ shape, type, data: ordered });
}

/** What numpy's own writer aligns the elements to. */
const alignment = 64;
const written: Readonly<Record<NumericArray['type'], string>> = {
  bool: '|b1',
  u8: '|u1',
  u16: '<u2',
  u32: '<u4',
  u64: '<u8',
  i8: '|i1',
  i16: '<i2',
  i32: '<i4',
  i64: '<i8',
  f16: '<f2',
  f32: '<f4',
  f64: '<f8',
};

/** A file of version 1, little-endian, row-major; same array, same bytes. Throws a RangeError where shape and data differ in size. */
export function writeNpy(array: NumericArray): Uint8Array<ArrayBuffer> {
  const { shape, type, data } = array;
  if (sizeOf(shape) !== data.length)
    throw new RangeError(`npy: the shape [${shape.join(', ')}] does not have ${String(data.length)} elements`);
  const tuple = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const text = `{'descr': '${written[type]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const headerBytes = Math.ceil((10 + text.length + 1) / alignment) * alignment;
  const bytes = new Uint8Array(headerBytes + fileBytes(array));
  bytes.set([...magic, 1, 0, (headerBytes - 10) & 255, (headerBytes - 10) >> 8]);
  bytes.set(new TextEncoder().encode(`${text.padEnd(headerBytes - 11)}\n`), 10);
  bytes.set(elementBytes(array), headerBytes);
  return bytes;
}

export const format = defineFormat({
  name: 'npy',
  label: 'NumPy array',
  extensions: ['.npy'],
  probe: hasMagic,
  read: readNpy,
  write: (array: NumericArray) => success(writeNpy(array)),
});
