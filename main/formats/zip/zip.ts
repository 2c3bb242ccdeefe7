/**
 * ZIP archives, read entry by entry from any source. Nothing is ever written, and no path is taken that would leave a folder;
 * every size is bounded, and no byte of the archive belongs to two entries.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { failure, ProblemError, success, type Outcome, type Problem } from '../../../compute/graph/problem';
import type { ByteSource } from '../byte-source';
import { unpackedBound } from '../gzip';
import { pathFault } from '../safe-path';
import { readDirectory, readExactly, refuse, viewOf, type ZipLimits, type ZipRecord } from './zip-directory';

export type { ZipLimits } from './zip-directory';

/** Of an archive that a person chose: its directory and one entry at a time are in memory. */
export const usualZipLimits: ZipLimits = { entries: 1_000_000, directoryBytes: 2 ** 26, entryBytes: 2 ** 28, totalBytes: 2 ** 40 };

export interface ZipEntry {
  /** Below the archive, with forward slashes. */
  readonly path: string;
  /** Bytes unpacked. */
  readonly size: number;
}

export interface ZipArchive {
  /** In the order of the directory, without folders. */
  readonly entries: readonly ZipEntry[];
  /** What is in the archive and will not be read, and why; `path` is as the archive has it. */
  readonly refused: readonly { readonly path: string; readonly problem: Problem }[];
  /** Unpacks one of `entries`, checked against its size and checksum. Problems: zip.truncated, zip.corrupt, zip.checksum. */
  readonly read: (entry: ZipEntry) => Promise<Outcome<Uint8Array>>;
}

const stored = 0;
const deflated = 8;
const kinds = { unsaid: 0, regular: 8, link: 10 } as const;
const localBytes = 30;
const localSignature = 0x04034b50;

/** Why a record is not read, without regard to the others. */
function faultOf(record: ZipRecord, limits: ZipLimits): Problem | null {
  const { path, method, packed, size, kind, offset } = record;
  const problem = (code: string, values: Problem['values'] = {}): Problem => failure(code, { entry: path, offset, ...values }).problem;
  const fault = pathFault(path);
  if (fault !== null) return problem(`zip.path-${fault}`);
  if (kind === kinds.link) return problem('zip.link');
  if (kind !== kinds.unsaid && kind !== kinds.regular) return problem('zip.special');
  if (record.encrypted) return problem('zip.encrypted');
  if (method !== stored && method !== deflated) return problem('zip.method', { method });
  if (size > limits.entryBytes) return problem('zip.too-large', { size, maximum: limits.entryBytes });
  if (method === stored && packed !== size) return problem('zip.entry', { reason: 'size' });
  // No deflate stream grows more than this, so the claim is false.
  if (size > unpackedBound(packed)) return problem('zip.ratio', { size, packed });
  return null;
}

/** Where the bytes of each record end at the latest: at the next one, or at the directory. None may begin within another. */
function endsOf(records: readonly ZipRecord[], directory: number): ReadonlyMap<ZipRecord, number> {
  const inOrder = [...records].sort((one, other) => one.local - other.local);
  return new Map(
    inOrder.map((record, index) => {
      const end = inOrder[index + 1]?.local ?? directory;
      if (record.local + localBytes + record.nameBytes + record.packed > end) {
        refuse('zip.overlap', { entry: record.path, offset: record.local });
      }
      return [record, end];
    }),
  );
}

async function readRecord(source: ByteSource, record: ZipRecord, end: number): Promise<Uint8Array> {
  const { path, local, nameBytes, packed, size, method, checksum } = record;
  // Most headers have at most a few bytes of extra fields, so that one read is enough.
  const guess = Math.min(end, local + localBytes + nameBytes + 64 + packed);
  const bytes = await readExactly(source, local, guess);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== localSignature) refuse('zip.entry', { entry: path, offset: local, reason: 'header' });
  const start = localBytes + view.getUint16(26, true) + view.getUint16(28, true);
  if (local + start + packed > end) refuse('zip.overlap', { entry: path, offset: local });
  const body =
    start + packed <= bytes.length
      ? bytes.subarray(start, start + packed)
      : await readExactly(source, local + start, local + start + packed);
  const content = method === stored ? body : inflate(body, size, path, local + start);
  if (content.length !== size) refuse('zip.entry', { entry: path, offset: local + start, reason: 'size' });
  if (crc32(content) !== checksum) refuse('zip.checksum', { entry: path, offset: local + start });
  return content;
}

function inflate(packed: Uint8Array, size: number, entry: string, offset: number): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    return refuse('zip.entry', { entry, offset, reason: error instanceof Error ? error.message : String(error) });
  }
}

async function settle<Value>(work: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return success(await work());
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/**
 * Opens an archive by its directory. Problems that forbid all of it: zip.no-directory, zip.truncated, zip.corrupt,
 * zip.unsupported, zip.too-many-entries, zip.too-large, zip.overlap. Those of one entry stand in `refused`: zip.path-…,
 * zip.link, zip.special, zip.duplicate, zip.encrypted, zip.method, zip.too-large, zip.ratio, zip.entry.
 */
export const openZip = (source: ByteSource, limits: ZipLimits): Promise<Outcome<ZipArchive>> =>
  settle(async () => {
    const { records, start } = await readDirectory(source, limits);
    const ends = endsOf(records, start);
    const entries = new Map<ZipEntry, ZipRecord>();
    const refused: { path: string; problem: Problem }[] = [];
    const names = new Set<string>();
    let total = 0;
    for (const record of records) {
      if (record.path.endsWith('/') && record.size === 0) continue;
      const { path, size, offset } = record;
      // Two ways to write an accent look the same; names that differ in case may be two classes.
      const name = path.normalize('NFC');
      const problem = faultOf(record, limits) ?? (names.has(name) ? failure('zip.duplicate', { entry: path, offset }).problem : null);
      if (problem !== null) {
        refused.push({ path, problem });
        continue;
      }
      names.add(name);
      total += size;
      if (total > limits.totalBytes) refuse('zip.too-large', { entry: path, size: total, maximum: limits.totalBytes, offset });
      entries.set({ path, size }, record);
    }
    return {
      entries: [...entries.keys()],
      refused,
      read: (entry) =>
        settle(async () => {
          const record = entries.get(entry);
          const end = record === undefined ? undefined : ends.get(record);
          if (record === undefined || end === undefined) throw new TypeError(`${entry.path}: of another archive`);
          return readRecord(source, record, end);
        }),
    };
  });

/** Whether a file that begins so looks like an archive, an empty one too. */
export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));
