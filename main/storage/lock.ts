/**
 * A lock on a folder: one process writes in it. The lock is a file that says whose it is; one left by a process that
 * died is taken over. It knows nothing of what is locked.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { isProcessAlive, temporaryPath, writeNewFile } from './atomic';
import { readFile, statusOrNull, systemErrorCode, type FileSystem } from './file-system';

export const lockName = '.hebb.lock';
/** A holder on another machine shows that it lives by touching its lock every `heartbeat`; after `patience` it counts as gone. Milliseconds. */
const heartbeat = 30_000;
const patience = 150_000;
const keyBytes = 12;
const keyPattern = /^[0-9a-f]{24}$/;

export interface Lock {
  /** Whether the lock is still ours: somebody may have removed the file or taken the lock over. */
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/** Who holds a lock, as far as it is known. */
export interface LockHolder {
  readonly processId: number;
  readonly host: string;
  /** Tells a process from a later one of the same number, where the platform has such a thing. */
  readonly startedAt: string | null;
  readonly key: string;
}

/** When a process was started, in the kernel's clock ticks: field 22 of /proc/<pid>/stat (proc(5)); null elsewhere. */
function processStart(processId: number): string | null {
  try {
    const status = readFileSync(`/proc/${String(processId)}/stat`, 'latin1');
    // The second field, the name, is in parentheses and may hold spaces.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function parseHolder(bytes: Uint8Array): LockHolder | null {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<LockHolder> | null;
    if (typeof value?.processId !== 'number' || typeof value.host !== 'string' || typeof value.key !== 'string') return null;
    return { processId: value.processId, host: value.host, startedAt: value.startedAt ?? null, key: value.key };
  } catch {
    return null;
  }
}

async function readHolder(fileSystem: FileSystem, path: string): Promise<{ readonly holder: LockHolder | null; readonly there: boolean }> {
  const bytes = await readFile(fileSystem, path, 1 << 16);
  return bytes === null ? { holder: null, there: false } : { holder: parseHolder(bytes), there: true };
}

async function isStale(fileSystem: FileSystem, path: string, holder: LockHolder | null): Promise<boolean> {
  if (holder !== null && holder.host === hostname()) {
    if (!isProcessAlive(holder.processId)) return true;
    const start = processStart(holder.processId);
    return holder.startedAt !== null && start !== null && start !== holder.startedAt;
  }
  const status = await statusOrNull(fileSystem, path);
  return status === null || Date.now() - status.modified > patience;
}

/** Takes the lock of `folder`, or tells who has it. Rejects only where the file system does. */
export async function acquireLock(
  fileSystem: FileSystem,
  folder: string,
): Promise<{ readonly ok: true; readonly lock: Lock } | { readonly ok: false; readonly holder: LockHolder | null }> {
  const path = join(folder, lockName);
  const own: LockHolder = {
    processId: process.pid,
    host: hostname(),
    startedAt: processStart(process.pid),
    key: randomBytes(keyBytes).toString('hex'),
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(own)}\n`);
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await claim(fileSystem, path, bytes)) return { ok: true, lock: hold(fileSystem, path, own.key) };
    const { holder, there } = await readHolder(fileSystem, path);
    if (!there) continue;
    if (!(await isStale(fileSystem, path, holder))) return { ok: false, holder };
    await evict(fileSystem, path, holder, bytes);
  }
  return { ok: false, holder: (await readHolder(fileSystem, path)).holder };
}

/** Whether somebody who is alive has the lock of a folder. */
export async function isLocked(fileSystem: FileSystem, folder: string): Promise<boolean> {
  const path = join(folder, lockName);
  const { holder, there } = await readHolder(fileSystem, path);
  return there && !(await isStale(fileSystem, path, holder));
}

/** Puts a whole lock file under the name if the name is free. */
async function claim(fileSystem: FileSystem, path: string, bytes: Uint8Array): Promise<boolean> {
  const temporary = temporaryPath(path);
  await writeNewFile(fileSystem, temporary, bytes);
  try {
    await fileSystem.link(temporary, path);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return false;
    // File systems without hard links (FAT): the name is still taken at once, its content a moment later.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
    try {
      await writeNewFile(fileSystem, path, bytes);
      return true;
    } catch (second) {
      if (systemErrorCode(second) === 'EEXIST') return false;
      throw second;
    }
  } finally {
    await fileSystem.removeFile(temporary).catch(() => undefined);
  }
}

/**
 * Removes a stale lock, if it is still there. Of those who found the same one only who gets its marker may: what is removed
 * is never a fresh lock that came in between. The marker of one who died on the way is removed for the next attempt.
 */
async function evict(fileSystem: FileSystem, path: string, stale: LockHolder | null, bytes: Uint8Array): Promise<void> {
  // The key comes from a file that anybody may have written.
  const marker = `${path}.${keyPattern.test(stale?.key ?? '') ? (stale?.key ?? '') : 'unknown'}`;
  if (!(await claim(fileSystem, marker, bytes))) {
    const { holder, there } = await readHolder(fileSystem, marker);
    if (there && (await isStale(fileSystem, marker, holder))) await removeIfThere(fileSystem, marker);
    return;
  }
  try {
    const { holder, there } = await readHolder(fileSystem, path);
    if (there && holder?.key === stale?.key) await removeIfThere(fileSystem, path);
  } finally {
    await fileSystem.removeFile(marker).catch(() => undefined);
  }
}

async function removeIfThere(fileSystem: FileSystem, path: string): Promise<void> {
  try {
    await fileSystem.removeFile(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

function hold(fileSystem: FileSystem, path: string, key: string): Lock {
  const held = async (): Promise<boolean> => (await readHolder(fileSystem, path)).holder?.key === key;
  const beat = setInterval(() => void fileSystem.touch(path).catch(() => undefined), heartbeat);
  beat.unref();
  return {
    held,
    release: async () => {
      clearInterval(beat);
      if (await held()) await fileSystem.removeFile(path);
    },
  };
}
