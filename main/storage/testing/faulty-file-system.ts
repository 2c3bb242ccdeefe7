/** A file system that counts its calls and fails at a chosen one, for tests of what a failure leaves behind. */
import type { FileSystem, OpenFile } from '../file-system';

/** `kill`: the process ends in the middle of the call, so that no later one happens either. */
export type Fault = 'ENOSPC' | 'EIO' | 'short write' | 'kill';

export interface FaultPlan {
  /** Which call fails, counted from 0; null for none. */
  readonly at: number | null;
  readonly fault: Fault;
  /** Whether all later calls that can fail in this way do too (a disk stays full). */
  readonly lasting: boolean;
  /** Called before each call with its name. */
  readonly before?: (name: string) => void;
}

export interface FaultyFileSystem extends FileSystem {
  /** Names of the calls so far, in order. */
  readonly calls: readonly string[];
  readonly failed: readonly string[];
}

/** Calls that a full disk does not hinder. */
const needNoSpace: ReadonlySet<string> = new Set([
  'removeFile',
  'removeFolder',
  'close',
  'folder.close',
  'read',
  'size',
  'status',
  'list',
  'truncate',
  'open read',
  'open update',
]);

export function faultyFileSystem(actual: FileSystem, plan: FaultPlan): FaultyFileSystem {
  const calls: string[] = [];
  const failed: string[] = [];

  /** Whether the call that is about to be made shall fail. */
  const fails = (name: string): boolean => {
    const index = calls.push(name) - 1;
    plan.before?.(name);
    if (plan.fault === 'kill' && plan.at !== null && index > plan.at) {
      failed.push(name);
      return true;
    }
    if (plan.at === null || (plan.fault === 'short write' && name !== 'write')) return false;
    const hit = index === plan.at || (plan.lasting && index > plan.at && !needNoSpace.has(name));
    if (hit) failed.push(name);
    return hit;
  };
  const guard = async <Result>(name: string, call: () => Promise<Result>): Promise<Result> => {
    if (fails(name)) throw Object.assign(new Error(`${plan.fault}: ${name}`), { code: plan.fault });
    return await call();
  };

  const wrap = (file: OpenFile): OpenFile => ({
    write: async (bytes, offset, length, position) => {
      const ended = plan.fault === 'kill' && failed.length > 0;
      if (!fails('write')) return await file.write(bytes, offset, length, position);
      const part = ended ? 0 : Math.floor(length / 2);
      // Half of it reaches the disk, whatever is then said.
      if (part > 0) await file.write(bytes, offset, part, position);
      if (plan.fault === 'short write') return { bytesWritten: part };
      throw Object.assign(new Error(`${plan.fault}: write`), { code: plan.fault });
    },
    read: (bytes, offset, length, position) => guard('read', () => file.read(bytes, offset, length, position)),
    truncate: (length) => guard('truncate', () => file.truncate(length)),
    sync: () => guard('sync', () => file.sync()),
    size: () => guard('size', () => file.size()),
    close: async () => {
      const failing = fails('close');
      await file.close();
      if (failing) throw Object.assign(new Error(`${plan.fault}: close`), { code: plan.fault });
    },
  });

  return {
    calls,
    failed,
    open: (path, mode) => guard(`open ${mode}`, async () => wrap(await actual.open(path, mode))),
    openFolder: (path) =>
      guard('open folder', async () => {
        const folder = await actual.openFolder(path);
        if (folder === null) return null;
        return {
          sync: () => guard('folder.sync', () => folder.sync()),
          close: async () => {
            await folder.close();
          },
        };
      }),
    rename: (from, to) => guard('rename', () => actual.rename(from, to)),
    link: (existing, path) => guard('link', () => actual.link(existing, path)),
    removeFile: (path) => guard('removeFile', () => actual.removeFile(path)),
    removeFolder: (path) => guard('removeFolder', () => actual.removeFolder(path)),
    createFolder: (path) => guard('createFolder', () => actual.createFolder(path)),
    list: (path) => guard('list', () => actual.list(path)),
    realPath: (path) => guard('realPath', () => actual.realPath(path)),
    status: (path) => guard('status', () => actual.status(path)),
    touch: (path) => guard('touch', () => actual.touch(path)),
  };
}
