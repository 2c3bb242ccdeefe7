/** NPZ, several named arrays of numpy in one ZIP archive (numpy.savez). */
import { zipSync } from 'fflate';
import { failure, success, type Outcome } from '../../compute/graph/problem';
import { memorySource, type ByteSource } from './byte-source';
import { defineFormat } from './format';
import { openNpy, readNpy, writeNpy, type OpenNpy } from './npy.format';
import { fileBytes, type NumericArray } from './numeric-array';
import { isZip, openZip, usualZipLimits } from './zip/zip';

/** What a ZIP archive without 64-bit sizes can hold, with room for its directory. */
const mostBytes = 2 ** 32 - 2 ** 24;
/** The first time that ZIP can say: the same arrays give the same bytes. */
const firstTime = new Date(1980, 0, 1);

/** Arrays of one archive. */
const mostArrays = 100_000;

export interface NpzEntry {
  /** As numpy names it: the path in the archive without `.npy`. */
  readonly name: string;
  /** Of the array's file, unpacked. */
  readonly bytes: number;
  /** Unpacks the array, at most 256 MiB, and opens it. Problems: npy.*, zip.*, which name `archive/name`. */
  readonly open: () => Promise<Outcome<OpenNpy>>;
  /** The same, whole in memory. */
  readonly read: () => Promise<Outcome<NumericArray>>;
}

/** The arrays of an archive, nothing of which is unpacked yet. Problems: zip.*, npz.empty. */
export async function openNpz(source: ByteSource): Promise<Outcome<readonly NpzEntry[]>> {
  const archive = await openZip(source, { ...usualZipLimits, entries: mostArrays });
  if (!archive.ok) return { ok: false, problem: { ...archive.problem, values: { file: source.name, ...archive.problem.values } } };
  const { entries, refused, read } = archive.value;
  const [fault] = refused;
  if (fault !== undefined) return { ok: false, problem: { ...fault.problem, values: { file: source.name, ...fault.problem.values } } };
  const arrays = entries.filter(({ path }) => path.endsWith('.npy'));
  if (arrays.length === 0) return failure('npz.empty', { file: source.name });
  return success(
    arrays.map((entry): NpzEntry => {
      const name = entry.path.slice(0, -'.npy'.length);
      const file = `${source.name}/${name}`;
      const unpack = async (): Promise<Outcome<Uint8Array>> => {
        const bytes = await read(entry);
        return bytes.ok ? bytes : { ok: false, problem: { ...bytes.problem, values: { file, ...bytes.problem.values } } };
      };
      return {
        name,
        bytes: entry.size,
        open: async () => {
          const bytes = await unpack();
          return bytes.ok ? openNpy(memorySource(file, bytes.value)) : bytes;
        },
        read: async () => {
          const bytes = await unpack();
          return bytes.ok ? readNpy(bytes.value, file) : bytes;
        },
      };
    }),
  );
}

/** All arrays of an archive in memory, by name. Problems: zip.*, npy.*, npz.empty, npz.too-large (more than `maximum` bytes unpacked). */
export async function readNpz(source: ByteSource, maximum = 2 ** 31): Promise<Outcome<ReadonlyMap<string, NumericArray>>> {
  const entries = await openNpz(source);
  if (!entries.ok) return entries;
  const bytes = entries.value.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > maximum) return failure('npz.too-large', { bytes, maximum });
  const arrays = new Map<string, NumericArray>();
  for (const { name, read } of entries.value) {
    const array = await read();
    if (!array.ok) return array;
    arrays.set(name, array.value);
  }
  return success(arrays);
}

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
  probe: isZip,
  write: writeNpz,
});
