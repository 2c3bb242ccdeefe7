/** Heaps of an HDF5 file: names of groups of the old kind, texts, and what large groups and objects keep of links and attributes. */
import { Hdf5Fault, readingOf, type Hdf5Bytes } from './bytes';

/** The bytes of the names of a group of the old kind. */
export function localHeap(file: Hdf5Bytes, address: number): (offset: number) => string {
  file.claim(address, 32);
  const reading = readingOf(file, address);
  reading.expect('HEAP');
  reading.skip(4);
  const size = reading.size();
  reading.skip(8);
  const start = reading.address() ?? reading.fail('a heap without names');
  file.claim(start, size);
  const names = file.bytes.subarray(start, start + size);
  return (offset) => {
    const end = offset < names.length ? names.indexOf(0, offset) : -1;
    if (end === -1) throw new Hdf5Fault('a name outside of its heap', address);
    // A long name may be asked for often.
    file.claim(start + offset, end - offset);
    return new TextDecoder().decode(names.subarray(offset, end));
  };
}

/** Objects of the heap that texts of any length lie in, found by its address and their number. */
export function globalHeaps(file: Hdf5Bytes): (address: number, index: number) => Uint8Array {
  const heaps = new Map<number, ReadonlyMap<number, Uint8Array>>();
  const read = (address: number): ReadonlyMap<number, Uint8Array> => {
    const head = readingOf(file, address);
    head.expect('GCOL');
    head.skip(4);
    const size = head.size();
    file.claim(address, size);
    const reading = readingOf(file, address + 16, address + size);
    const objects = new Map<number, Uint8Array>();
    while (reading.left() >= 16) {
      const index = reading.number(2);
      reading.skip(6);
      const length = reading.size();
      // Object 0 is the room that is left.
      if (index === 0) break;
      objects.set(index, reading.part(length));
      reading.skip(Math.min(reading.left(), (8 - (length % 8)) % 8));
    }
    return objects;
  };
  return (address, index) => {
    const heap = heaps.get(address) ?? read(address);
    heaps.set(address, heap);
    const object = heap.get(index);
    if (object === undefined) throw new Hdf5Fault(`no object ${String(index)} in its heap`, address);
    file.claim(address, object.length);
    return object;
  };
}

/** Bytes that hold numbers up to a limit. */
export const bytesFor = (limit: number): number => Math.floor(Math.log2(Math.max(1, limit)) / 8) + 1;

/**
 * Objects of a fractal heap by their ids (section III.G): in blocks whose sizes double row by row, below a table of tables.
 * The answer is where an object begins and ends in the file.
 */
export function fractalHeap(file: Hdf5Bytes, address: number): (id: number, idBytes: number) => readonly [start: number, end: number] {
  file.claim(address, 142);
  const head = readingOf(file, address);
  head.expect('FRHP');
  head.skip(1);
  head.skip(2);
  if (head.number(2) !== 0) head.fail('a heap that is packed');
  head.skip(1);
  const largest = head.number(4);
  head.skip(12 * 8);
  const [width, first, largestBlock, bits] = [head.number(2), head.size(), head.size(), head.number(2)];
  head.skip(2);
  const root = head.address();
  const rows = head.number(2);
  const isPower = (value: number): boolean => value >= 1 && Number.isInteger(Math.log2(value));
  if (width === 0 || width > 1024 || !isPower(first) || !isPower(largestBlock) || largestBlock < first || bits > 48 || bits < 8)
    head.fail('a heap of odd sizes');
  const offsetBytes = Math.ceil(bits / 8);
  const lengthBytes = Math.min(Math.ceil(Math.log2(largestBlock) / 8), bytesFor(largest));
  const sizeOfRow = (row: number): number => (row === 0 ? first : first * 2 ** (row - 1));
  const startOfRow = (row: number): number => (row === 0 ? 0 : width * first * 2 ** (row - 1));
  const seen = new Set<number>();
  /** Tables and blocks are claimed once, however many objects lie in them. */
  const open = (at: number, size: number, signature: string): void => {
    if (seen.has(at)) return;
    seen.add(at);
    file.claim(at, size);
    readingOf(file, at).expect(signature);
  };
  /** The block with the offset, and where that lies in it. */
  const find = (table: number, count: number, offset: number): readonly [block: number, inside: number, size: number] => {
    open(table, 13 + offsetBytes, 'FHIB');
    let row = 0;
    while (row < count && offset >= startOfRow(row + 1)) row++;
    if (row >= count) throw new Hdf5Fault('an object outside of its heap', table);
    const size = sizeOfRow(row);
    const column = Math.floor((offset - startOfRow(row)) / size);
    const inside = offset - startOfRow(row) - column * size;
    const child = readingOf(file, table + 13 + offsetBytes + 8 * (row * width + column)).address();
    if (child === null) throw new Hdf5Fault('an object in a block that is not there', table);
    if (size <= largestBlock) return [child, inside, size];
    return find(child, Math.log2(size) - Math.log2(first * width) + 1, inside);
  };
  return (id, idBytes) => {
    const reading = readingOf(file, id, id + idBytes);
    const kind = reading.number(1);
    // Small ones stand in the id itself.
    if ((kind & 0x30) === 0x20) {
      const start = reading.at();
      reading.skip((kind & 15) + 1);
      return [start, reading.at()];
    }
    if ((kind & 0x30) !== 0) reading.fail('an object too large for its heap');
    const [offset, length] = [reading.wide(offsetBytes), reading.wide(lengthBytes)];
    if (root === null) return reading.fail('a heap without blocks');
    const [block, inside, size] = rows === 0 ? [root, offset, first] : find(root, rows, offset);
    if (inside + length > size) reading.fail('an object longer than its block');
    open(block, size, 'FHDB');
    file.claim(block + inside, length);
    return [block + inside, block + inside + length];
  };
}
