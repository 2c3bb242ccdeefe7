/**
 * The files that a person dropped, chose or pasted, with their paths. Folders are walked; what systems leave lying about is
 * left out. It knows no store.
 */
import type { BundledFile } from './bundle';

/** More would not fit into one upload in a bearable time: such data is imported from its folder. */
const mostFiles = 200_000;
const deepest = 32;

const isLitter = (name: string): boolean => name.startsWith('.') || ['__MACOSX', 'Thumbs.db', 'desktop.ini'].includes(name);

export type Found =
  | { readonly ok: true; readonly files: readonly BundledFile[] }
  | {
      readonly ok: false;
      readonly code: 'data.too-many-files' | 'data.unreadable-drop';
      readonly values: Readonly<Record<string, string | number>>;
    };

/** As much of a FileSystemEntry as is needed; tests bring their own. */
export interface DroppedEntry {
  readonly name: string;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  file?(give: (file: File) => void, fail: (error: unknown) => void): void;
  createReader?(): { readEntries(give: (entries: readonly DroppedEntry[]) => void, fail: (error: unknown) => void): void };
}

class TooMany extends Error {}

async function entriesOf(entry: DroppedEntry): Promise<DroppedEntry[]> {
  const reader = entry.createReader?.();
  const all: DroppedEntry[] = [];
  while (reader) {
    const some = await new Promise<readonly DroppedEntry[]>((give, fail) => {
      reader.readEntries(give, fail);
    });
    if (some.length === 0) break;
    all.push(...some);
  }
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Asked of the browser at once: one after another, ten thousand files take seconds. */
const filesAtOnce = 256;

const fileOf = (entry: DroppedEntry): Promise<File | null> =>
  new Promise((give, fail) => {
    if (entry.file) entry.file(give, fail);
    else give(null);
  });

/** What stands among the others in a folder, in its order. */
async function walk(entries: readonly DroppedEntry[], folder: string, depth: number, files: BundledFile[]): Promise<void> {
  if (depth > deepest) return;
  const wanted = entries.filter(({ name }) => !isLitter(name));
  for (let first = 0; first < wanted.length; first += filesAtOnce) {
    const some = wanted.slice(first, first + filesAtOnce);
    const contents = await Promise.all(some.map((entry) => (entry.isDirectory ? Promise.resolve(null) : fileOf(entry))));
    for (const [index, entry] of some.entries()) {
      const path = `${folder}${entry.name}`;
      const content = contents[index];
      if (entry.isDirectory) await walk(await entriesOf(entry), `${path}/`, depth + 1, files);
      else if (files.length >= mostFiles) throw new TooMany();
      else if (content) files.push({ path, content });
    }
  }
}

/** All files of what was dropped, folders walked in order of their names. */
export async function filesOfEntries(entries: readonly DroppedEntry[]): Promise<Found> {
  const files: BundledFile[] = [];
  try {
    await walk(entries, '', 0, files);
  } catch (error) {
    if (error instanceof TooMany) return { ok: false, code: 'data.too-many-files', values: { most: mostFiles } };
    return { ok: false, code: 'data.unreadable-drop', values: { reason: error instanceof Error ? error.message : String(error) } };
  }
  return { ok: true, files };
}

/** Files from a file picker, with their paths in the folder that was chosen. */
export const filesOfList = (list: Iterable<File>): readonly BundledFile[] =>
  [...list]
    .map((file) => ({ path: file.webkitRelativePath || file.name, content: file }))
    .filter(({ path }) => !path.split('/').some(isLitter));

/** Text from the clipboard as a file: a table if its lines look like rows. Null for nothing. */
export function fileOfText(text: string): BundledFile | null {
  if (text.trim() === '') return null;
  const lines = text.trim().split(/\r?\n/).slice(0, 20);
  const isTable =
    lines.length > 1 &&
    ['\t', ',', ';'].some((delimiter) => {
      const cells = lines.map((line) => line.split(delimiter).length);
      return (cells[0] ?? 1) > 1 && cells.every((count) => count === cells[0]);
    });
  return { path: isTable ? 'pasted.csv' : 'pasted.txt', content: new Blob([text], { type: 'text/plain' }) };
}
