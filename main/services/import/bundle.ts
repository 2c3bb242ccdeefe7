/**
 * Many files in one upload, one after another: [u32 little-endian: bytes of the header][header: JSON {path, size}][size bytes].
 * The whole file is checked before anything of it is read. Several such files may hold the files of one import.
 */
import { failure, ProblemError, type Problem } from '../../../compute/graph/problem';
import type { ByteSource } from '../../formats/byte-source';
import { pathFault } from '../../formats/safe-path';
import { mostEntries } from './entries';

export interface BundledFile {
  readonly path: string;
  /** In the bundle. */
  readonly start: number;
  readonly end: number;
}

const lengthBytes = 4;
const longestHeader = 16 * 1024;
const partBytes = 1024 * 1024;

function refuse(reason: string, offset: number, values: Problem['values'] = {}): never {
  throw new ProblemError(failure('import.bundle', { reason, offset, ...values }).problem);
}

function readHeader(bytes: Uint8Array, offset: number): { readonly path: string; readonly size: number } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse('header', offset);
  }
  if (typeof header !== 'object' || header === null || !('path' in header) || !('size' in header)) return refuse('header', offset);
  const { path, size } = header;
  if (typeof path !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return refuse('header', offset);
  const fault = pathFault(path);
  if (fault !== null) refuse(`path-${fault}`, offset, { file: path.slice(0, 200) });
  return { path, size };
}

/** The files in their order; `paths` are those that stood elsewhere, and are added to. Throws a ProblemError import.bundle with the offset of what is wrong. */
export async function readBundle(source: ByteSource, paths = new Set<string>()): Promise<BundledFile[]> {
  const files: BundledFile[] = [];
  let part: Uint8Array = new Uint8Array(0);
  let partStart = 0;
  /** Headers of small files lie close together: they are read by the megabyte. */
  const bytesAt = async (start: number, end: number): Promise<Uint8Array> => {
    if (end > source.size) refuse('truncated', source.size);
    if (start < partStart || end > partStart + part.length) {
      part = await source.read(start, Math.max(end, Math.min(source.size, start + partBytes)));
      partStart = start;
      if (part.length < end - start) refuse('truncated', start + part.length);
    }
    return part.subarray(start - partStart, end - partStart);
  };
  for (let at = 0; at < source.size;) {
    const prefix = await bytesAt(at, at + lengthBytes);
    const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0, true);
    if (length > longestHeader) refuse('header', at);
    const start = at + lengthBytes + length;
    const { path, size } = readHeader(await bytesAt(at + lengthBytes, start), at);
    if (start + size > source.size) refuse('truncated', source.size, { file: path });
    // Two ways to write an accent look the same.
    if (paths.has(path.normalize('NFC'))) refuse('twice', at, { file: path });
    if (paths.size >= mostEntries) refuse('too-many', at);
    paths.add(path.normalize('NFC'));
    files.push({ path, start, end: start + size });
    at = start + size;
  }
  return files;
}
