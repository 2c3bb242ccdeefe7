/** Files that the page and the worker may read, under tokens: a set of files has one token, each file a name in it. */
import type { DataFile } from '../contract/services';
import { readPieces, statusOrNull } from '../storage/file-system';
import { createTokenTable, type Context } from './context';

export interface DataFiles {
  /** Hands out files by name; the same key keeps its token. Returns the URL of each. */
  offer(key: string, paths: ReadonlyMap<string, string>): ReadonlyMap<string, string>;
  open(token: string, name: string): Promise<DataFile | null>;
}

export function createDataFiles({ fileSystem }: Context): DataFiles {
  const table = createTokenTable<{ paths: ReadonlyMap<string, string> }>();
  const tokens = new Map<string, string>();
  return {
    offer: (key, paths) => {
      let token = tokens.get(key);
      if (token === undefined) {
        token = table.issue({ paths });
        tokens.set(key, token);
      } else {
        const set = table.find(token);
        if (set !== null) set.paths = paths;
      }
      const base = `/data/${token}/`;
      return new Map(Array.from(paths.keys(), (name) => [name, base + encodeURIComponent(name)]));
    },
    open: async (token, name) => {
      const path = table.find(token)?.paths.get(name);
      if (path === undefined) return null;
      const status = await statusOrNull(fileSystem, path);
      if (status === null || status.isFolder) return null;
      return { size: status.size, read: (start, end) => readPieces(fileSystem, path, { start, end }) };
    },
  };
}
