/** The numbers of an HDF5 array: in one piece or in chunks, packed or not (sections IV.A.2.i and IV.A.2.l), as float32. */
import { inflateSync } from 'node:zlib';
import { unpackedBound } from '../gzip';
import { Hdf5Fault, readingOf, type Hdf5Bytes } from './bytes';
import { messageTypes, type Message } from './objects';
import { leavesOf } from './trees';
import { countOf, readShape, readType, type ElementType } from './types';

export interface Hdf5Array {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}
interface Chunk {
  readonly start: number;
  readonly size: number;
  readonly mask: number;
  /** In elements, along each axis. */
  readonly at: readonly number[];
}

const filterIds = { deflate: 1, shuffle: 2, fletcher32: 3 } as const;
const mostFilters = 8;

function readFilters(file: Hdf5Bytes, { start, end }: Message): readonly Filter[] {
  const reading = readingOf(file, start, end);
  const version = reading.number(1);
  const count = reading.number(1);
  if ((version !== 1 && version !== 2) || count > mostFilters) reading.fail('filters of another version');
  if (version === 1) reading.skip(6);
  return Array.from({ length: count }, () => {
    const id = reading.number(2);
    const nameBytes = version === 1 || id >= 256 ? reading.number(2) : 0;
    reading.skip(2);
    const values = reading.number(2);
    reading.skip(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
    const filter = { id, values: Array.from({ length: values }, () => reading.number(4)) };
    if (version === 1 && values % 2 === 1) reading.skip(4);
    return filter;
  });
}

function unshuffled(bytes: Uint8Array, width: number): Uint8Array {
  if (width <= 1 || bytes.length % width !== 0) return bytes;
  const rows = bytes.length / width;
  const out = new Uint8Array(bytes.length);
  for (let part = 0; part < width; part++) for (let row = 0; row < rows; row++) out[row * width + part] = bytes[part * rows + row]!;
  return out;
}

function inflated(bytes: Uint8Array, size: number, offset: number): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw new Hdf5Fault(error instanceof Error ? error.message : String(error), offset);
  }
}

/** A chunk as it was before the filters, `size` bytes long. */
function unpacked(file: Hdf5Bytes, { start, size: packed, mask }: Chunk, filters: readonly Filter[], size: number): Uint8Array {
  file.claim(start, packed);
  let bytes: Uint8Array = file.bytes.subarray(start, start + packed);
  // Behind the bytes stand the checksums of filters that come before packing.
  const room = size + 4 * filters.length;
  for (let index = filters.length - 1; index >= 0; index--) {
    const { id, values } = filters[index]!;
    if ((mask & (1 << index)) !== 0) continue;
    if (id === filterIds.deflate) bytes = inflated(bytes, room, start);
    else if (id === filterIds.shuffle) bytes = unshuffled(bytes, values[0] ?? 1);
    else if (id === filterIds.fletcher32) bytes = bytes.subarray(0, -4);
    else throw new Hdf5Fault(`values packed with filter ${String(id)}, which is not read`, start);
  }
  if (bytes.length !== size) throw new Hdf5Fault('a chunk of another length', start);
  return bytes;
}

function half(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

type NumberType = Extract<ElementType, { kind: 'integer' | 'float' }>;

/** How an element that begins at a byte is read. */
function elementReader(type: NumberType): (view: DataView, at: number) => number {
  const little = !type.big;
  if (type.kind === 'float') {
    if (type.bytes === 8) return (view, at) => view.getFloat64(at, little);
    if (type.bytes === 4) return (view, at) => view.getFloat32(at, little);
    if (!type.isBrain) return (view, at) => half(view.getUint16(at, little));
    const [bits, value] = [new Uint32Array(1), new DataView(new ArrayBuffer(4))];
    return (view, at) => {
      bits[0] = view.getUint16(at, little) << 16;
      value.setUint32(0, bits[0]);
      return value.getFloat32(0);
    };
  }
  switch (type.bytes) {
    case 8:
      return type.signed ? (view, at) => Number(view.getBigInt64(at, little)) : (view, at) => Number(view.getBigUint64(at, little));
    case 4:
      return type.signed ? (view, at) => view.getInt32(at, little) : (view, at) => view.getUint32(at, little);
    case 2:
      return type.signed ? (view, at) => view.getInt16(at, little) : (view, at) => view.getUint16(at, little);
    default:
      return type.signed ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at);
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function whole(bytes: Uint8Array, type: NumberType, count: number): Float32Array {
  const [read, view] = [elementReader(type), viewOf(bytes)];
  const data = new Float32Array(count);
  for (let index = 0; index < count; index++) data[index] = read(view, index * type.bytes);
  return data;
}

/** Puts a chunk where it belongs; what reaches over the edge is left out. */
function place(
  data: Float32Array,
  shape: readonly number[],
  bytes: Uint8Array,
  chunk: readonly number[],
  at: readonly number[],
  type: NumberType,
): void {
  const [read, view] = [elementReader(type), viewOf(bytes)];
  const last = shape.length - 1;
  const length = Math.min(chunk[last]!, shape[last]! - at[last]!);
  const counter = shape.map(() => 0);
  const inside = (axis: number): boolean => at[axis]! + counter[axis]! < shape[axis]!;
  for (let source = 0; source < bytes.length; source += chunk[last]! * type.bytes) {
    if (counter.every((_, axis) => axis === last || inside(axis))) {
      let target = 0;
      for (let axis = 0; axis <= last; axis++) target = target * shape[axis]! + at[axis]! + (axis === last ? 0 : counter[axis]!);
      for (let index = 0; index < length; index++) data[target + index] = read(view, source + index * type.bytes);
    }
    for (let axis = last - 1; axis >= 0; axis--) {
      counter[axis]!++;
      if (counter[axis]! < chunk[axis]!) break;
      counter[axis] = 0;
    }
  }
}

/** Chunks one after another, as the indexes of newer files count them. */
const placeOf = (index: number, shape: readonly number[], chunk: readonly number[]): readonly number[] => {
  const at = shape.map(() => 0);
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const along = Math.ceil(shape[axis]! / chunk[axis]!);
    at[axis] = (rest % along) * chunk[axis]!;
    rest = Math.floor(rest / along);
  }
  return at;
};

interface Chunked {
  readonly chunk: readonly number[];
  readonly chunks: readonly Chunk[];
}

/** Chunks under a tree, as files before HDF5 1.10 keep them. */
function treeChunks(file: Hdf5Bytes, tree: number | null, chunk: readonly number[]): Chunked {
  const rank = chunk.length;
  const leaves = tree === null ? [] : leavesOf(file, tree, 1, 8 + 8 * (rank + 1));
  return {
    chunk,
    chunks: leaves.map(({ key, child }) => {
      const reading = readingOf(file, key);
      return { size: reading.number(4), mask: reading.number(4), at: chunk.map(() => reading.size()), start: child };
    }),
  };
}

/** Chunks in one of the indexes of newer files: a single one, all in a row, or a list. */
function indexedChunks(file: Hdf5Bytes, start: number, end: number, shape: readonly number[], width: number, isPacked: boolean): Chunked {
  const reading = readingOf(file, start, end);
  const flags = reading.number(1);
  const rank = reading.number(1) - 1;
  const sideBytes = reading.number(1);
  if (rank !== shape.length || sideBytes < 1 || sideBytes > 6) reading.fail('chunks of another rank');
  const chunk = Array.from({ length: rank }, () => reading.wide(sideBytes));
  reading.skip(sideBytes);
  if (chunk.some((length) => length === 0)) reading.fail('chunks without elements');
  const bytes = countOf(chunk, start) * width;
  const kind = reading.number(1);
  const count = shape.reduce((product, length, axis) => product * Math.ceil(length / chunk[axis]!), 1);
  if (kind === 1) {
    const [size, mask] = (flags & 2) !== 0 ? [reading.size(), reading.number(4)] : [bytes, 0];
    const address = reading.address();
    return { chunk, chunks: address === null ? [] : [{ start: address, size, mask, at: shape.map(() => 0) }] };
  }
  if (kind === 2) {
    const address = reading.address();
    if (address === null) return { chunk, chunks: [] };
    if (address + count * bytes > file.length) reading.fail('chunks beyond the end');
    return {
      chunk,
      chunks: Array.from({ length: count }, (_, index) => ({
        start: address + index * bytes,
        size: bytes,
        mask: 0,
        at: placeOf(index, shape, chunk),
      })),
    };
  }
  if (kind !== 3) return reading.fail('chunks in an index that is not read');
  reading.skip(1);
  const header = reading.address();
  if (header === null) return { chunk, chunks: [] };
  file.claim(header, 24);
  const head = readingOf(file, header);
  head.expect('FAHD');
  head.skip(2);
  const [entry, pageBits, entries, block] = [head.number(1), head.number(1), head.size(), head.address()];
  if (entries !== count || count > 2 ** pageBits) head.fail('chunks in an index that is not read');
  if (block === null) return { chunk, chunks: [] };
  const list = readingOf(file, block);
  list.expect('FADB');
  list.skip(10);
  const sizeBytes = isPacked ? entry - 12 : 0;
  if (entry !== (isPacked ? 12 + sizeBytes : 8) || sizeBytes < 0 || sizeBytes > 6) head.fail('entries of odd sizes');
  file.claim(block, 14 + entry * count);
  const chunks: Chunk[] = [];
  for (let index = 0; index < count; index++) {
    const address = list.address();
    const [size, mask] = isPacked ? [list.wide(sizeBytes), list.number(4)] : [bytes, 0];
    if (address !== null) chunks.push({ start: address, size, mask, at: placeOf(index, shape, chunk) });
  }
  return { chunk, chunks };
}

/** An array as its messages say it, at most `most` numbers; null for one of no numbers. Throws an Hdf5Fault. */
export function readArray(file: Hdf5Bytes, messages: readonly Message[], most: number): Hdf5Array | null {
  const find = (type: number): Message | undefined => messages.find((message) => message.type === type);
  const [space, kind, layout, packing] = [messageTypes.dataspace, messageTypes.datatype, messageTypes.layout, messageTypes.filters].map(
    find,
  );
  if (space === undefined || kind === undefined || layout === undefined) return null;
  if ([space, kind, layout, packing].some((message) => message?.shared)) throw new Hdf5Fault('an array described elsewhere', kind.start);
  const type = readType(file, kind.start, kind.end);
  const shape = readShape(file, space.start, space.end);
  if (shape === null || (type.kind !== 'integer' && type.kind !== 'float')) return null;
  const count = countOf(shape, space.start);
  const size = count * type.bytes;
  if (count > most || size > unpackedBound(file.length)) throw new Hdf5Fault(`an array of ${String(count)} numbers`, space.start);
  if (count === 0) return { shape, data: new Float32Array(0) };
  const reading = readingOf(file, layout.start, layout.end);
  const version = reading.number(1);
  if (version !== 3 && version !== 4) reading.fail('an array kept in another way');
  const form = reading.number(1);
  if (form === 0) {
    if (reading.number(2) !== size) reading.fail('an array of another length');
    return { shape, data: whole(reading.part(size), type, count) };
  }
  if (form === 1) {
    const address = reading.address() ?? reading.fail('an array without values');
    if (reading.size() !== size) reading.fail('an array of another length');
    file.claim(address, size);
    return { shape, data: whole(file.bytes.subarray(address, address + size), type, count) };
  }
  if (form !== 2 || shape.length === 0) return reading.fail('an array kept in another way');
  const filters = packing === undefined ? [] : readFilters(file, packing);
  let found: Chunked;
  if (version === 4) found = indexedChunks(file, reading.at(), layout.end, shape, type.bytes, filters.length > 0);
  else {
    if (reading.number(1) !== shape.length + 1) reading.fail('chunks of another rank');
    const tree = reading.address();
    const chunk = shape.map(() => reading.number(4));
    if (chunk.some((length) => length === 0)) reading.fail('chunks without elements');
    found = treeChunks(file, tree, chunk);
  }
  const { chunk, chunks } = found;
  const chunkBytes = countOf(chunk, layout.start) * type.bytes;
  const packed = chunks.reduce((sum, one) => sum + one.size, 0);
  // Nothing that is packed grows more than this.
  if (chunks.length * chunkBytes > unpackedBound(packed)) throw new Hdf5Fault('chunks of more bytes than they can have', layout.start);
  const data = new Float32Array(count);
  for (const one of chunks) {
    if (one.at.some((start, axis) => start >= shape[axis]!)) throw new Hdf5Fault('a chunk outside of its array', one.start);
    place(data, shape, unpacked(file, one, filters, chunkBytes), chunk, one.at, type);
  }
  return { shape, data };
}
