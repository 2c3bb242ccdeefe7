/** What an import reads: files by a relative path, wherever their bytes lie. It knows no kind of data. */
import type { ByteSource } from '../../formats/byte-source';
import type { FileRegion } from '../../storage/region';
import type { Problem } from '../../../compute/graph/problem';

export interface ImportEntry {
  /** Below what was chosen, with forward slashes; problems and samples are named by it. */
  readonly path: string;
  /** Null where it lies on disk alone, unpacked. */
  readonly region: FileRegion | null;
  /** Opens it; whoever opens it closes it. Errors: those of the disk, zip.* as a ProblemError. */
  readonly open: () => Promise<OpenEntry>;
  /** In bytes. */
  readonly size: () => Promise<number>;
}

export interface OpenEntry extends ByteSource {
  readonly close: () => Promise<void>;
}

/** Something that was met and not read. */
export interface EntryProblem {
  readonly file: string;
  readonly problem: Pick<Problem, 'code' | 'values'>;
}

export interface EntryList {
  /** What a person would call it. */
  readonly name: string;
  readonly entries: readonly ImportEntry[];
  readonly problems: readonly EntryProblem[];
  /** Closes what the entries share. */
  readonly close: () => Promise<void>;
}

/** Files of one import. */
export const mostEntries = 5_000_000;
/** Folders in one another. */
export const deepestFolder = 32;

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
/** Lower case, with its dot; empty where there is none. */
export function extensionOf(path: string): string {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot).toLowerCase();
}
/** Without the folders and the ending. */
export const stemOf = (path: string): string => baseName(path).slice(0, baseName(path).length - extensionOf(path).length);

/** Names with numbers in the order that a person expects. */
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });
export const naturally = (a: string, b: string): number => collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);

/** Reads an entry whole. Throws a RangeError for more than `maximum` bytes before memory is asked for. */
export async function readEntry(entry: ImportEntry, maximum: number): Promise<Uint8Array> {
  return await withEntry(entry, async (source) => {
    if (source.size > maximum) throw new RangeError(`${entry.path}: ${String(source.size)} bytes, at most ${String(maximum)} expected`);
    return await source.read(0, source.size);
  });
}

export async function withEntry<Value>(entry: ImportEntry, use: (source: ByteSource) => Promise<Value>): Promise<Value> {
  const source = await entry.open();
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}
