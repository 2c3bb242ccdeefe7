/**
 * Files and folders that appear whole or not at all: written under a temporary name in the same folder, brought to the
 * disk, then renamed. A failure leaves what was there before. It knows nothing of what is stored.
 */
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode, type FileSystem, type OpenFile } from './file-system';

/** Bytes at once, or pieces as they come. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

const temporarySuffix = '.hebb-temporary';
const temporaryPattern = /^\..*\.(\d+)-[0-9a-f]{12}\.hebb-temporary$/;
/** Longer than any write takes; only then is a temporary of a process that seems alive taken for an orphan. */
const orphanAge = 24 * 60 * 60 * 1000;

/** A name beside `path` that tells whose it is, so that the next start can clean up after a crash. */
export const temporaryPath = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 100)}.${String(process.pid)}-${randomBytes(6).toString('hex')}${temporarySuffix}`);

/** Whether a process of this number runs on this machine. */
export function isProcessAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return systemErrorCode(error) === 'EPERM';
  }
}

/** Brings a folder's entries to the disk, so that a rename in it survives a power cut. */
export async function syncFolder(fileSystem: FileSystem, path: string): Promise<void> {
  const folder = await fileSystem.openFolder(path);
  if (folder === null) return;
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes all bytes at a position, however many calls it takes. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw Object.assign(new Error('no byte could be written'), { code: 'ENOSPC' });
    done += bytesWritten;
  }
}

/** More bytes came than were announced. */
export class ContentTooLongError extends Error {
  constructor(readonly maximum: number) {
    super(`more than ${String(maximum)} bytes came`);
    this.name = 'ContentTooLongError';
  }
}

export interface WriteOptions {
  /** Bytes; more than that fails with a ContentTooLongError. */
  readonly maximum?: number;
  /** Called with each piece as it is written, to count or to hash. */
  readonly watch?: (piece: Uint8Array) => void;
  /** writeFile: called with the temporary file before it takes its name; what it throws leaves what was there. */
  readonly check?: (temporary: string) => Promise<void>;
}

/** A file that grows piece by piece. */
export interface NewFile {
  /** Appends; what fails leaves the file to be abandoned. */
  add(piece: Uint8Array): Promise<void>;
  /** Brings it to the disk and closes it; removes it where that fails. Returns its size. */
  finish(): Promise<number>;
  /** Closes and removes it. */
  abandon(): Promise<void>;
}

/** Begins a new file; its name stays as it is, so only for files in a temporary folder. Whoever begins it finishes or abandons it. */
export async function openNewFile(
  fileSystem: FileSystem,
  path: string,
  { maximum = Infinity, watch }: WriteOptions = {},
): Promise<NewFile> {
  const file = await fileSystem.open(path, 'create');
  let position = 0;
  const abandon = async (): Promise<void> => {
    await file.close().catch(ignore);
    await fileSystem.removeFile(path).catch(ignore);
  };
  return {
    add: async (piece) => {
      if (position + piece.length > maximum) throw new ContentTooLongError(maximum);
      await writeAll(file, piece, position);
      watch?.(piece);
      position += piece.length;
    },
    finish: async () => {
      try {
        await file.sync();
      } catch (error) {
        await abandon();
        throw error;
      }
      try {
        await file.close();
      } catch (error) {
        // Some network file systems report a full disk only here.
        await fileSystem.removeFile(path).catch(ignore);
        throw error;
      }
      return position;
    },
    abandon,
  };
}

/** Writes a new file and brings it to the disk; its name stays as it is, so only for files in a temporary folder. Returns its size. */
export async function writeNewFile(fileSystem: FileSystem, path: string, content: Content, options: WriteOptions = {}): Promise<number> {
  const file = await openNewFile(fileSystem, path, options);
  try {
    if (content instanceof Uint8Array) await file.add(content);
    else for await (const piece of content) await file.add(piece);
  } catch (error) {
    await file.abandon();
    throw error;
  }
  return await file.finish();
}

// The error that led here is the one to report.
const ignore = (): void => undefined;

/** Writes or replaces a file: afterwards it is the new one or, with an error, the old one or none. Returns its size. */
export async function writeFile(fileSystem: FileSystem, path: string, content: Content, options: WriteOptions = {}): Promise<number> {
  const temporary = temporaryPath(path);
  const size = await writeNewFile(fileSystem, temporary, content, options);
  try {
    await options.check?.(temporary);
    await fileSystem.rename(temporary, path);
  } catch (error) {
    await fileSystem.removeFile(temporary).catch(ignore);
    throw error;
  }
  await syncFolder(fileSystem, dirname(path));
  return size;
}

export const writeJson = (fileSystem: FileSystem, path: string, value: unknown): Promise<number> =>
  writeFile(fileSystem, path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));

/**
 * Makes a folder whole: `fill` writes into a temporary one, which then takes the name. The name must be free: if it is
 * taken the rename fails (EEXIST, ENOTEMPTY) and what is there stays. Gives what `fill` gives.
 */
export async function createFolder<Result>(
  fileSystem: FileSystem,
  path: string,
  fill: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const temporary = temporaryPath(path);
  await fileSystem.createFolder(temporary);
  try {
    const result = await fill(temporary);
    await publishFolder(fileSystem, temporary, path);
    return result;
  } catch (error) {
    await fileSystem.removeFolder(temporary).catch(ignore);
    throw error;
  }
}

/** Gives a temporary folder its final name, once its files are on the disk. */
export async function publishFolder(fileSystem: FileSystem, temporary: string, path: string): Promise<void> {
  await syncFolder(fileSystem, temporary);
  await fileSystem.rename(temporary, path);
  await syncFolder(fileSystem, dirname(path));
}

/** Removes a folder so that it is there whole or not at all, even if the process dies on the way. */
export async function removeFolder(fileSystem: FileSystem, path: string): Promise<void> {
  const temporary = temporaryPath(path);
  await fileSystem.rename(path, temporary);
  await fileSystem.removeFolder(temporary);
}

/** Removes what processes that died left half written in a folder. Those of living processes stay. Failures are left for next time. */
export async function removeOrphans(fileSystem: FileSystem, folder: string): Promise<void> {
  const entries = await fileSystem.list(folder).catch(() => []);
  for (const { name, isFolder } of entries) {
    const owner = temporaryPattern.exec(name)?.[1];
    if (owner === undefined) continue;
    const path = join(folder, name);
    try {
      const old = Date.now() - (await fileSystem.status(path)).modified > orphanAge;
      if (Number(owner) === process.pid || (isProcessAlive(Number(owner)) && !old)) continue;
      await (isFolder ? fileSystem.removeFolder(path) : fileSystem.removeFile(path));
    } catch {
      continue;
    }
  }
}

export const isTemporary = (name: string): boolean => name.endsWith(temporarySuffix);
