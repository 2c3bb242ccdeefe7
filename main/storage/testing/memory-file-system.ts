/** A file system in memory, for tests that fail so many calls that a disk would be too slow. */
import { dirname, join, sep } from 'node:path';
import type { FileSystem } from '../file-system';

type Entry = { readonly kind: 'folder' } | { readonly kind: 'file'; bytes: Uint8Array; modified: number };

const fail = (code: string, path: string): never => {
  throw Object.assign(new Error(`${code}: ${path}`), { code, path });
};

export function memoryFileSystem(): FileSystem {
  const entries = new Map<string, Entry>();
  const within = (folder: string): string[] => [...entries.keys()].filter((path) => path.startsWith(folder + sep));
  const fileAt = (path: string): Entry & { kind: 'file' } => {
    const entry = entries.get(path);
    return entry === undefined ? fail('ENOENT', path) : entry.kind === 'file' ? entry : fail('EISDIR', path);
  };
  const needFolder = (path: string): void => {
    if (entries.get(path)?.kind !== 'folder') fail('ENOENT', path);
  };
  const resolved =
    <Arguments extends readonly unknown[], Result>(call: (...values: Arguments) => Result) =>
    // A promise that rejects where the call throws.
    (...values: Arguments): Promise<Result> =>
      Promise.resolve().then(() => call(...values));

  return {
    open: resolved((path, mode) => {
      if (mode === 'create') {
        needFolder(dirname(path));
        if (entries.has(path)) fail('EEXIST', path);
        entries.set(path, { kind: 'file', bytes: new Uint8Array(0), modified: Date.now() });
      }
      const file = fileAt(path);
      return {
        write: resolved((bytes: Uint8Array, offset: number, length: number, position: number) => {
          const grown = new Uint8Array(Math.max(file.bytes.length, position + length));
          grown.set(file.bytes);
          grown.set(bytes.subarray(offset, offset + length), position);
          file.bytes = grown;
          file.modified = Date.now();
          return { bytesWritten: length };
        }),
        read: resolved((bytes: Uint8Array, offset: number, length: number, position: number) => {
          const part = file.bytes.subarray(position, position + length);
          bytes.set(part, offset);
          return { bytesRead: part.length };
        }),
        truncate: resolved((length: number) => {
          file.bytes = file.bytes.slice(0, length);
        }),
        sync: () => Promise.resolve(),
        size: resolved(() => file.bytes.length),
        close: () => Promise.resolve(),
      };
    }),
    openFolder: resolved((path) => {
      needFolder(path);
      return { sync: () => Promise.resolve(), close: () => Promise.resolve() };
    }),
    rename: resolved((from, to) => {
      const entry = entries.get(from) ?? fail('ENOENT', from);
      needFolder(dirname(to));
      if (entry.kind === 'folder' && within(to).length > 0) fail('ENOTEMPTY', to);
      const inside = within(from);
      entries.set(to, entry);
      entries.delete(from);
      for (const path of inside) {
        entries.set(to + path.slice(from.length), entries.get(path) ?? entry);
        entries.delete(path);
      }
    }),
    link: resolved((existing, path) => {
      if (entries.has(path)) fail('EEXIST', path);
      entries.set(path, fileAt(existing));
    }),
    removeFile: resolved((path) => {
      fileAt(path);
      entries.delete(path);
    }),
    removeFolder: resolved((path) => {
      for (const inside of [path, ...within(path)]) entries.delete(inside);
    }),
    createFolder: resolved((path) => {
      for (let folder = path; !entries.has(folder); folder = dirname(folder)) {
        entries.set(folder, { kind: 'folder' });
        if (dirname(folder) === folder) break;
      }
    }),
    list: resolved((path) => {
      needFolder(path);
      return within(path)
        .filter((inside) => dirname(inside) === path)
        .map((inside) => ({ name: inside.slice(join(path, sep).length), isFolder: entries.get(inside)?.kind === 'folder', special: null }));
    }),
    realPath: resolved((path) => path),
    status: resolved((path) => {
      const entry = entries.get(path) ?? fail('ENOENT', path);
      return entry.kind === 'folder'
        ? { size: 0, modified: 0, isFolder: true }
        : { size: entry.bytes.length, modified: entry.modified, isFolder: false };
    }),
    touch: resolved((path) => {
      fileAt(path).modified = Date.now();
    }),
  };
}
