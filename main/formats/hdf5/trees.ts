/** B-trees of an HDF5 file, of both versions (section III.A): the records of all leaves, in their order. */
import { Hdf5Fault, readingOf, type Hdf5Bytes } from './bytes';
import { bytesFor } from './heaps';

const deepest = 16;

interface TreeEntry {
  /** Where the key before the child stands. */
  readonly key: number;
  readonly child: number;
}

/** Leaves of a tree of version 1, whose keys have that many bytes. `kind`: 0 groups, 1 chunks. */
export function leavesOf(file: Hdf5Bytes, address: number, kind: 0 | 1, keyBytes: number): readonly TreeEntry[] {
  const leaves: TreeEntry[] = [];
  const walk = (node: number, expected: number | null): void => {
    const reading = readingOf(file, node);
    reading.expect('TREE');
    if (reading.number(1) !== kind) reading.fail('a tree of another kind');
    const level = reading.number(1);
    if (level > deepest || (expected !== null && level !== expected)) reading.fail('a tree of odd depth');
    const used = reading.number(2);
    reading.skip(16);
    file.claim(node, 24 + used * (keyBytes + 8) + keyBytes);
    for (let index = 0; index < used; index++) {
      const key = reading.at();
      reading.skip(keyBytes);
      const child = reading.address() ?? reading.fail('a branch that leads nowhere');
      if (level === 0) leaves.push({ key, child });
      else walk(child, level - 1);
    }
  };
  walk(address, null);
  return leaves;
}

/** Where the records of a tree of version 2 and of that type stand. */
export function recordsOf(file: Hdf5Bytes, address: number, type: number): { readonly places: readonly number[]; readonly bytes: number } {
  file.claim(address, 38);
  const head = readingOf(file, address);
  head.expect('BTHD');
  head.skip(1);
  if (head.number(1) !== type) head.fail('a tree of another kind');
  const [nodeBytes, recordBytes, depth] = [head.number(4), head.number(2), head.number(2)];
  head.skip(2);
  const root = head.address();
  const inRoot = head.number(2);
  if (recordBytes === 0 || nodeBytes < 10 + recordBytes || depth > deepest) head.fail('a tree of odd sizes');
  const places: number[] = [];
  /** By level: bytes of the counts of records in a node, and of those below it. */
  const most = [Math.floor((nodeBytes - 10) / recordBytes)];
  const countBytes = bytesFor(most[0]!);
  const below = [most[0]!];
  const pointerBytes = (level: number): number => 8 + countBytes + (level > 1 ? bytesFor(below[level - 1]!) : 0);
  for (let level = 1; level <= depth; level++) {
    const pointer = pointerBytes(level);
    most.push(Math.floor((nodeBytes - 10 - pointer) / (recordBytes + pointer)));
    below.push((most[level]! + 1) * below[level - 1]! + most[level]!);
    if (most[level]! < 1 || !Number.isSafeInteger(below[level])) head.fail('a tree of odd sizes');
  }
  const walk = (node: number, count: number, level: number): void => {
    const reading = readingOf(file, node);
    reading.expect(level === 0 ? 'BTLF' : 'BTIN');
    reading.skip(2);
    if (count > most[level]!) throw new Hdf5Fault('a node with too many records', node);
    file.claim(node, 10 + count * recordBytes + (level === 0 ? 0 : (count + 1) * pointerBytes(level)));
    const records = Array.from({ length: count }, (_, index) => reading.at() + index * recordBytes);
    reading.skip(count * recordBytes);
    if (level > 0)
      for (let index = 0; index <= count; index++) {
        const child = reading.address() ?? reading.fail('a branch that leads nowhere');
        const inChild = reading.wide(countBytes);
        if (level > 1) reading.skip(pointerBytes(level) - 8 - countBytes);
        walk(child, inChild, level - 1);
      }
    places.push(...records);
  };
  if (root !== null) walk(root, inRoot, depth);
  return { places, bytes: recordBytes };
}
