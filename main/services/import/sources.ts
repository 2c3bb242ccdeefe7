/** From files and folders on disk, a bundle that was uploaded, and the archives among them, to the entries of an import. */
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { ProblemError, unwrap, type Outcome } from '../../../compute/graph/problem';
import { clampRange, memorySource, type ByteSource } from '../../formats/byte-source';
import { openZip, usualZipLimits } from '../../formats/zip/zip';
import { openFileSource } from '../../storage/file-source';
import { systemErrorCode, type FileSystem } from '../../storage/file-system';
import { ServiceError } from '../service-error';
import { readBundle, type BundledFile } from './bundle';
import {
  baseName,
  deepestFolder,
  extensionOf,
  mostEntries,
  naturally,
  stemOf,
  type EntryList,
  type EntryProblem,
  type ImportEntry,
  type OpenEntry,
} from './entries';

export type ImportPlace =
  | { readonly from: 'bundle'; readonly paths: readonly string[]; readonly name: string }
  | { readonly from: 'places'; readonly paths: readonly string[] };

/** What systems leave in folders, and nobody means. */
const litter = /^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)/i;
const isLitter = (path: string): boolean => path.split('/').some((part) => part !== '..' && litter.test(part));

const fileEntry = (fileSystem: FileSystem, file: string, path: string): ImportEntry => ({
  path,
  region: { path: file, start: 0, end: null },
  open: () => openFileSource(fileSystem, file, path),
  size: async () => (await fileSystem.status(file)).size,
});

interface Found {
  readonly entries: ImportEntry[];
  readonly problems: EntryProblem[];
}

/** Where a link below `root` leads: to a file in it, which is read, or elsewhere, which is not. */
async function leadsOutside(fileSystem: FileSystem, root: string, path: string): Promise<boolean> {
  try {
    const target = await fileSystem.realPath(path);
    const inside = relative(root, target);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return true;
    return (await fileSystem.status(target)).isFolder;
  } catch (error) {
    // A link that leads nowhere, or in a circle.
    if (systemErrorCode(error) === null) throw error;
    return true;
  }
}

/** `root` is the real path of the folder that was chosen. */
async function addFolder(
  fileSystem: FileSystem,
  root: string,
  folder: string,
  prefix: string,
  depth: number,
  { entries, problems }: Found,
): Promise<void> {
  if (depth > deepestFolder) throw new ServiceError('import.too-deep', { path: prefix, maximum: deepestFolder });
  const listed = [...(await fileSystem.list(folder))].sort((a, b) => naturally(a.name, b.name));
  for (const { name, isFolder, special } of listed) {
    if (litter.test(name)) continue;
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const file = join(folder, name);
    const refuse = (code: string): void => void problems.push({ file: path, problem: { code, values: {} } });
    if (isFolder) await addFolder(fileSystem, root, file, path, depth + 1, { entries, problems });
    else if (special === 'device') refuse('import.special');
    else if (special === 'link' && (await leadsOutside(fileSystem, root, file))) refuse('import.link');
    else entries.push(fileEntry(fileSystem, file, path));
    if (entries.length + problems.length > mostEntries) throw new ServiceError('import.too-many-files', { maximum: mostEntries });
  }
}

async function fromPlaces(fileSystem: FileSystem, paths: readonly string[]): Promise<EntryList> {
  const found: Found = { entries: [], problems: [] };
  for (const path of paths) {
    // What a system left beside what was meant, where all of it was taken.
    if (paths.length > 1 && isLitter(basename(path))) continue;
    const { isFolder } = await fileSystem.status(path);
    // Of several, each keeps its own name.
    if (isFolder) await addFolder(fileSystem, await fileSystem.realPath(path), path, paths.length === 1 ? '' : basename(path), 0, found);
    else found.entries.push(fileEntry(fileSystem, path, basename(path)));
  }
  const [first = ''] = paths;
  return { name: stemOf(basename(first)) || basename(first), ...found, close: () => Promise.resolve() };
}

const bundledEntry = (source: ByteSource, bundle: string, { path, start, end }: BundledFile): ImportEntry => ({
  path,
  region: { path: bundle, start, end },
  size: () => Promise.resolve(end - start),
  open: () =>
    Promise.resolve({
      name: path,
      size: end - start,
      read: (from, to) => {
        const [first, last] = clampRange(end - start, from, to);
        return source.read(start + first, start + last);
      },
      close: () => Promise.resolve(),
    }),
});

async function fromBundle(fileSystem: FileSystem, paths: readonly string[], name: string): Promise<EntryList> {
  const opened: OpenEntry[] = [];
  const close = async (): Promise<void> => {
    for (const source of opened) await source.close();
  };
  const entries: ImportEntry[] = [];
  const names = new Set<string>();
  try {
    for (const path of paths) {
      const source = await openFileSource(fileSystem, path, name);
      opened.push(source);
      for (const file of await readBundle(source, names)) if (!isLitter(file.path)) entries.push(bundledEntry(source, path, file));
    }
    return { name, entries: entries.sort((a, b) => naturally(a.path, b.path)), problems: [], close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A reader of bytes does not know how the file is called. */
const named = <Value>(file: string, outcome: Outcome<Value>): Outcome<Value> =>
  outcome.ok ? outcome : { ok: false, problem: { ...outcome.problem, values: { file, ...outcome.problem.values } } };

/** The files of an archive; null where it is none. */
async function fromArchive(entry: ImportEntry, prefix: string): Promise<EntryList | null> {
  const source = await entry.open();
  try {
    const archive = unwrap(named(entry.path, await openZip(source, usualZipLimits)));
    const inArchive = (path: string): string => (prefix === '' ? path : `${prefix}/${path}`);
    const entries = archive.entries
      .filter(({ path }) => !isLitter(path))
      .map((zipped): ImportEntry => ({
        path: inArchive(zipped.path),
        region: null,
        size: () => Promise.resolve(zipped.size),
        open: async () => {
          const bytes = unwrap(await archive.read(zipped));
          return { ...memorySource(inArchive(zipped.path), bytes), close: () => Promise.resolve() };
        },
      }))
      .sort((a, b) => naturally(a.path, b.path));
    const problems = archive.refused
      .filter(({ path }) => !isLitter(path))
      .map(({ path, problem }): EntryProblem => ({
        file: inArchive(path),
        problem: { ...problem, values: { ...problem.values, file: entry.path } },
      }));
    for (const { path } of entries)
      if (extensionOf(path) === '.zip') problems.push({ file: path, problem: { code: 'import.nested-archive', values: {} } });
    return { name: stemOf(entry.path), entries, problems, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * The entries of what was chosen, in the order of their names; ZIP archives among them are opened, each a folder of its own
 * where there is more than one. Errors: those of the disk, import.*, zip.* as a ProblemError.
 */
export async function openEntries(fileSystem: FileSystem, place: ImportPlace): Promise<EntryList> {
  const list = place.from === 'bundle' ? await fromBundle(fileSystem, place.paths, place.name) : await fromPlaces(fileSystem, place.paths);
  const archives = list.entries.filter(({ path }) => extensionOf(path) === '.zip');
  if (archives.length === 0) return list;
  const alone = list.entries.length === 1;
  const opened: EntryList[] = [];
  const problems: EntryProblem[] = [...list.problems];
  const close = async (): Promise<void> => {
    for (const each of [...opened, list]) await each.close();
  };
  const entries = list.entries.filter((entry) => !archives.includes(entry));
  try {
    for (const archive of archives) {
      try {
        const inner = await fromArchive(archive, alone ? '' : archive.path.slice(0, -extensionOf(archive.path).length));
        if (inner === null) continue;
        opened.push(inner);
        for (const entry of inner.entries) entries.push(entry);
        problems.push(...inner.problems);
      } catch (error) {
        // One archive of several that cannot be read is told of in the report.
        if (!(error instanceof ProblemError) || alone) throw error;
        problems.push({ file: archive.path, problem: error.problem });
      }
    }
    if (entries.length > mostEntries) throw new ServiceError('import.too-many-files', { maximum: mostEntries });
    return { name: alone ? stemOf(baseName(archives[0]?.path ?? '')) : list.name, entries, problems, close };
  } catch (error) {
    await close();
    throw error;
  }
}
