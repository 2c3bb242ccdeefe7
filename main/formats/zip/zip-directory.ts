/**
 * The central directory of a ZIP archive (PKWARE APPNOTE 6.3.9, section 4.3), ZIP64 too: what is in it and where. Counts and
 * sizes are checked before memory is asked for. Problems are thrown as ProblemError.
 */
import { failure, ProblemError, type Problem } from '../../../compute/graph/problem';
import type { ByteSource } from '../byte-source';
import { decodeName } from './zip-names';

export interface ZipLimits {
  /** Of the archive. */
  readonly entries: number;
  /** Of its directory. */
  readonly directoryBytes: number;
  /** Of one entry unpacked. */
  readonly entryBytes: number;
  /** Of all entries unpacked. */
  readonly totalBytes: number;
}

export interface ZipRecord {
  readonly path: string;
  readonly method: number;
  readonly encrypted: boolean;
  /** Kind of file as Unix has it (a link is 10); 0 where nothing is said. */
  readonly kind: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  /** Where its local header stands, and where its record in the directory does. */
  readonly local: number;
  readonly offset: number;
  readonly nameBytes: number;
}

export function refuse(code: string, values: Problem['values']): never {
  throw new ProblemError(failure(code, values).problem);
}

const endBytes = 22;
const longestComment = 65_535;
const locatorBytes = 20;
const end64Bytes = 56;
const recordBytes = 46;
const signatures = { end: 0x06054b50, locator: 0x07064b50, end64: 0x06064b50, record: 0x02014b50 } as const;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Exactly the bytes from `start` to `end`; a source that has become shorter is truncated. */
export async function readExactly(source: ByteSource, start: number, end: number): Promise<Uint8Array> {
  const bytes = await source.read(start, end);
  return bytes.length === end - start ? bytes : refuse('zip.truncated', { offset: start + bytes.length });
}

/** A number of 64 bits that can be one of a file's. */
function readLong(view: DataView, at: number, offset: number): number {
  const value = view.getBigUint64(at, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : refuse('zip.corrupt', { offset, reason: 'ZIP64' });
}

interface End {
  readonly count: number;
  readonly start: number;
  readonly size: number;
  /** Where the directory has to end. */
  readonly limit: number;
}

async function readEnd64(source: ByteSource, locatorAt: number, locator: DataView): Promise<End> {
  const at = readLong(locator, 8, locatorAt + 8);
  if (at + end64Bytes > locatorAt) refuse('zip.corrupt', { offset: locatorAt + 8, reason: 'ZIP64' });
  const view = viewOf(await readExactly(source, at, at + end64Bytes));
  if (view.getUint32(0, true) !== signatures.end64) refuse('zip.corrupt', { offset: at, reason: 'ZIP64' });
  if (view.getUint32(16, true) !== 0 || view.getUint32(20, true) !== 0) refuse('zip.unsupported', { offset: at + 16, feature: 'disks' });
  const count = readLong(view, 32, at + 32);
  if (readLong(view, 24, at + 24) !== count) refuse('zip.unsupported', { offset: at + 24, feature: 'disks' });
  return { count, size: readLong(view, 40, at + 40), start: readLong(view, 48, at + 48), limit: at };
}

/** The record that ends every archive; its comment may follow, nothing else. */
async function readEnd(source: ByteSource): Promise<End> {
  const tailStart = Math.max(0, source.size - endBytes - longestComment - locatorBytes);
  const tail = await readExactly(source, tailStart, source.size);
  const view = viewOf(tail);
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== signatures.end || at + endBytes + view.getUint16(at + 20, true) !== tail.length) continue;
    const offset = tailStart + at;
    if (at >= locatorBytes && view.getUint32(at - locatorBytes, true) === signatures.locator) {
      return readEnd64(source, offset - locatorBytes, viewOf(tail.subarray(at - locatorBytes, at)));
    }
    const [disk, first, here, count] = [4, 6, 8, 10].map((field) => view.getUint16(at + field, true)) as [number, number, number, number];
    if (disk !== 0 || first !== 0 || here !== count) refuse('zip.unsupported', { offset: offset + 4, feature: 'disks' });
    return { count, size: view.getUint32(at + 12, true), start: view.getUint32(at + 16, true), limit: offset };
  }
  return refuse('zip.no-directory', { offset: source.size });
}

const all32 = 0xffffffff;

/** Sizes and place that did not fit 32 bits stand in the extra field 1, in this order, each only if it did not fit. */
function readLongFields(extra: Uint8Array, fields: readonly number[], offset: number): readonly number[] {
  if (!fields.includes(all32)) return fields;
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length;) {
    const [kind, end] = [view.getUint16(at, true), at + 4 + view.getUint16(at + 2, true)];
    if (end > extra.length) break;
    if (kind === 1) {
      let from = at + 4;
      return fields.map((field) => {
        if (field !== all32) return field;
        if (from + 8 > end) refuse('zip.corrupt', { offset, reason: 'ZIP64' });
        from += 8;
        return readLong(view, from - 8, offset);
      });
    }
    at = end;
  }
  return fields;
}

/** Made on Unix (3) or macOS (19), the upper half of the attributes is the mode. */
const kindOf = (madeBy: number, attributes: number): number => (madeBy === 3 || madeBy === 19 ? attributes >>> 28 : 0);

/** All records, folders too, in the order of the directory, and where the directory begins. */
export async function readDirectory(
  source: ByteSource,
  limits: ZipLimits,
): Promise<{ readonly records: readonly ZipRecord[]; readonly start: number }> {
  if (source.size < endBytes) refuse('zip.no-directory', { offset: source.size });
  const { count, start, size, limit } = await readEnd(source);
  if (count > limits.entries) refuse('zip.too-many-entries', { count, maximum: limits.entries, offset: source.size });
  if (size > limits.directoryBytes) refuse('zip.too-large', { entry: '', size, maximum: limits.directoryBytes, offset: start });
  if (start + size !== limit || size < count * recordBytes) refuse('zip.corrupt', { offset: limit, reason: 'directory' });
  const bytes = await readExactly(source, start, limit);
  const view = viewOf(bytes);
  const records: ZipRecord[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const offset = start + at;
    if (at + recordBytes > size) refuse('zip.corrupt', { offset, reason: 'directory' });
    if (view.getUint32(at, true) !== signatures.record) refuse('zip.corrupt', { offset, reason: 'record' });
    const [nameBytes, extraBytes, commentBytes] = [
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
      view.getUint16(at + 32, true),
    ];
    const nameAt = at + recordBytes;
    const next = nameAt + nameBytes + extraBytes + commentBytes;
    if (next > size) refuse('zip.corrupt', { offset, reason: 'record' });
    const extra = bytes.subarray(nameAt + nameBytes, nameAt + nameBytes + extraBytes);
    const fields = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    const [unpacked = 0, packed = 0, local = 0] = readLongFields(extra, fields, offset);
    records.push({
      path: decodeName(bytes.subarray(nameAt, nameAt + nameBytes)),
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 0x2041) !== 0,
      kind: kindOf(view.getUint8(at + 5), view.getUint32(at + 38, true)),
      checksum: view.getUint32(at + 16, true),
      packed,
      size: unpacked,
      local,
      offset,
      nameBytes,
    });
    at = next;
  }
  if (at !== size) refuse('zip.corrupt', { offset: start + at, reason: 'directory' });
  return { records, start };
}
