/** NPZ, several named arrays of numpy in one ZIP archive (numpy.savez). */
import { zipSync } from 'fflate';
import { failure, success, type Outcome } from '../../compute/graph/problem';
import { defineFormat } from './format';
import { writeNpy } from './npy.format';
import { fileBytes, type NumericArray } from './numeric-array';

/** What a ZIP archive without 64-bit sizes can hold, with room for its directory. */
const mostBytes = 2 ** 32 - 2 ** 24;
/** The first time that ZIP can say: the same arrays give the same bytes. */
const firstTime = new Date(1980, 0, 1);

/**
 * An archive of arrays by name, uncompressed as numpy.savez writes it; same arrays in the same order, same bytes. Problems:
 * npz.too-large (4 GB). Throws a RangeError where a shape and its data differ in size.
 */
export function writeNpz(arrays: ReadonlyMap<string, NumericArray>): Outcome<Uint8Array> {
  let bytes = 0;
  for (const array of arrays.values()) bytes += fileBytes(array) + 1024;
  if (bytes > mostBytes) return failure('npz.too-large', { bytes, maximum: mostBytes });
  const entries: Record<string, [Uint8Array, { level: 0; mtime: Date }]> = {};
  for (const [name, array] of arrays) entries[`${name}.npy`] = [writeNpy(array), { level: 0, mtime: firstTime }];
  return success(zipSync(entries));
}

export const format = defineFormat({
  name: 'npz',
  label: 'NumPy arrays',
  extensions: ['.npz'],
  /** A ZIP archive; what is in it tells the rest. */
  probe: (head) => head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4,
  write: writeNpz,
});
