/**
 * The file-system calls that storage makes, as a port: every one of them can be made to fail in a test. Paths are
 * absolute. It knows nothing of what is stored.
 */
import { constants, type Stats } from 'node:fs';
import * as node from 'node:fs/promises';

export interface OpenFile {
  /** May write fewer bytes than asked for. `position` counts from the start of the file. */
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  truncate(length: number): Promise<void>;
  /** Returns when what was written has reached the disk. */
  sync(): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface FileStatus {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly isFolder: boolean;
}

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** What is neither: a link to somewhere else, or what is no file (a device, a pipe, a socket). */
  readonly special: 'link' | 'device' | null;
}

export interface FileSystem {
  /** `read` wants an existing file, `update` too; `create` wants that there is none. */
  open(path: string, mode: 'read' | 'update' | 'create'): Promise<OpenFile>;
  /** Opens a folder for `sync` alone; null where the platform has no such thing (Windows). */
  openFolder(path: string): Promise<Pick<OpenFile, 'sync' | 'close'> | null>;
  /** Replaces a file of the new name. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for the same file; fails if the name is taken. */
  link(existing: string, path: string): Promise<void>;
  removeFile(path: string): Promise<void>;
  /** With all that is in it; nothing to do if it is gone. */
  removeFolder(path: string): Promise<void>;
  /** With its parents; nothing to do if it is there. */
  createFolder(path: string): Promise<void>;
  list(path: string): Promise<readonly FolderEntry[]>;
  /** Where a path leads when all its links are followed. */
  realPath(path: string): Promise<string>;
  status(path: string): Promise<FileStatus>;
  /** Sets the time of the last change to now. */
  touch(path: string): Promise<void>;
}

/** Pipes are opened without waiting for somebody at their other end; Windows has no such flag. */
export const readFlags = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);
const flags = { read: readFlags, update: 'r+', create: 'wx' } as const;

/** Throws for what is open and no file: a device may never end, a pipe never answer. Folders fail by themselves when read. */
export function requireFile(stats: Stats, path: string): void {
  if (!stats.isFile() && !stats.isDirectory()) throw Object.assign(new Error(`EFTYPE: no file, open '${path}'`), { code: 'EFTYPE', path });
}

export const nodeFileSystem: FileSystem = {
  open: async (path, mode) => {
    const handle = await node.open(path, flags[mode]);
    if (mode === 'read')
      try {
        requireFile(await handle.stat(), path);
      } catch (error) {
        await handle.close();
        throw error;
      }
    return {
      write: (bytes, offset, length, position) => handle.write(bytes, offset, length, position),
      read: (bytes, offset, length, position) => handle.read(bytes, offset, length, position),
      truncate: (length) => handle.truncate(length),
      sync: () => handle.sync(),
      size: async () => (await handle.stat()).size,
      close: () => handle.close(),
    };
  },
  openFolder: async (path) => {
    if (process.platform === 'win32') return null;
    const handle = await node.open(path, 'r');
    return { sync: () => handle.sync(), close: () => handle.close() };
  },
  rename: (from, to) => node.rename(from, to),
  link: (existing, path) => node.link(existing, path),
  removeFile: (path) => node.unlink(path),
  removeFolder: (path) => node.rm(path, { recursive: true, force: true, maxRetries: 3 }),
  createFolder: async (path) => {
    await node.mkdir(path, { recursive: true });
  },
  list: async (path) =>
    (await node.readdir(path, { withFileTypes: true })).map((entry) => ({
      name: entry.name,
      isFolder: entry.isDirectory(),
      special: entry.isSymbolicLink() ? 'link' : entry.isFile() || entry.isDirectory() ? null : 'device',
    })),
  realPath: (path) => node.realpath(path),
  status: async (path) => {
    const { size, mtimeMs, isDirectory } = await node.stat(path).then((stats) => ({
      size: stats.size,
      mtimeMs: stats.mtimeMs,
      isDirectory: stats.isDirectory(),
    }));
    return { size, modified: mtimeMs, isFolder: isDirectory };
  },
  touch: async (path) => {
    const now = new Date();
    await node.utimes(path, now, now);
  },
};

/** The `code` of a file-system error (ENOENT …), or null for anything else. */
export const systemErrorCode = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;

export async function statusOrNull(fileSystem: FileSystem, path: string): Promise<FileStatus | null> {
  try {
    return await fileSystem.status(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** All bytes of an open file from `start` to its end as it was when asked. */
async function readRest(file: OpenFile, start: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(Math.max(0, (await file.size()) - start));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function withFile<Result>(fileSystem: FileSystem, path: string, use: (file: OpenFile) => Promise<Result>): Promise<Result> {
  const file = await fileSystem.open(path, 'read');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** The whole file; null if there is none. A file larger than `maximum` bytes is a RangeError before memory is asked for. */
export async function readFile(fileSystem: FileSystem, path: string, maximum = 2 ** 31): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await withFile(fileSystem, path, async (file) => {
      const size = await file.size();
      if (size > maximum) throw new RangeError(`${path}: ${String(size)} bytes, at most ${String(maximum)} expected`);
      return await readRest(file, 0);
    });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The bytes from `start` up to `end` (exclusive) piece by piece; the pieces are the caller's to keep. */
export async function* readPieces(
  fileSystem: FileSystem,
  path: string,
  {
    start = 0,
    end = Infinity,
    pieceBytes = 1 << 20,
  }: { readonly start?: number; readonly end?: number; readonly pieceBytes?: number } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const file = await fileSystem.open(path, 'read');
  try {
    for (let position = start; position < end;) {
      const piece = new Uint8Array(Math.min(pieceBytes, end - position));
      const { bytesRead } = await file.read(piece, 0, piece.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
