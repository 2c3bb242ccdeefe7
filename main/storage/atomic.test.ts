import { mkdir, mkdtemp, readdir, readFile, rm, writeFile as write } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentTooLongError, createFolder, removeFolder, removeOrphans, temporaryPath, writeFile, writeNewFile } from './atomic';
import { nodeFileSystem, readFile as readThrough, readPieces, type FileSystem } from './file-system';
import { openJournal, readJournal } from './journal';
import { faultyFileSystem, type Fault } from './testing/faulty-file-system';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hebb-storage-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const oldContent = Buffer.from('old '.repeat(500));
const newContent = Buffer.from('new content '.repeat(1000));

/** In pieces, as an upload comes. */

async function* pieces(bytes: Uint8Array, length = 700): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

const temporaries = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith('.'));

interface Operation {
  readonly name: string;
  readonly prepare: () => Promise<void>;
  readonly run: (fileSystem: FileSystem) => Promise<unknown>;
  /** Which of the two states the disk is in, or `part` where a journal holds the first of several records; fails for any other. */
  readonly state: () => Promise<'old' | 'new' | 'part'>;
}

const file = (): string => join(folder, 'project.json');
const stateOfFile = async (): Promise<'old' | 'new'> => {
  const bytes = await readFile(file());
  if (bytes.equals(oldContent)) return 'old';
  expect(bytes.equals(newContent)).toBe(true);
  return 'new';
};

const checkpoint = (): string => join(folder, '100');

const operations: readonly Operation[] = [
  {
    name: 'replacing a file',
    prepare: () => write(file(), oldContent),
    run: (fileSystem) => writeFile(fileSystem, file(), newContent),
    state: stateOfFile,
  },
  {
    name: 'replacing a file from a stream',
    prepare: () => write(file(), oldContent),
    run: (fileSystem) => writeFile(fileSystem, file(), pieces(newContent)),
    state: stateOfFile,
  },
  {
    name: 'creating a folder',
    prepare: () => Promise.resolve(),
    run: (fileSystem) =>
      createFolder(fileSystem, checkpoint(), async (temporary) => {
        await writeNewFile(fileSystem, join(temporary, 'weights'), newContent);
        await writeNewFile(fileSystem, join(temporary, 'manifest'), oldContent);
      }),
    state: async () => {
      if (!(await readdir(folder)).includes('100')) return 'old';
      expect((await readFile(join(checkpoint(), 'weights'))).equals(newContent)).toBe(true);
      expect((await readFile(join(checkpoint(), 'manifest'))).equals(oldContent)).toBe(true);
      return 'new';
    },
  },
  {
    name: 'appending to a journal',
    prepare: () => openJournal(nodeFileSystem, join(folder, 'metrics.jsonl')).append([{ step: 1 }]),
    run: (fileSystem) => openJournal(fileSystem, join(folder, 'metrics.jsonl')).append([{ step: 2 }, { step: 3, text: 'x'.repeat(3000) }]),
    state: async () => {
      const { records } = await readJournal(nodeFileSystem, join(folder, 'metrics.jsonl'));
      expect(records[0]).toEqual({ step: 1 });
      if (records.length === 1) return 'old';
      if (records.length === 2) {
        expect(records[1]).toEqual({ step: 2 });
        return 'part';
      }
      expect(records.slice(1)).toEqual([{ step: 2 }, { step: 3, text: 'x'.repeat(3000) }]);
      return 'new';
    },
  },
];

const faults: readonly { readonly fault: Fault; readonly lasting: boolean }[] = [
  { fault: 'ENOSPC', lasting: false },
  { fault: 'ENOSPC', lasting: true },
  { fault: 'EIO', lasting: false },
  { fault: 'short write', lasting: false },
];

describe.each(operations)('$name', (operation) => {
  it.each(faults)('leaves old or new whichever call fails: $fault, lasting $lasting', async ({ fault, lasting }) => {
    let failures = 0;
    for (let at = 0; ; at++) {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await operation.prepare();
      const fileSystem = faultyFileSystem(nodeFileSystem, { at, fault, lasting });
      const error: unknown = await operation.run(fileSystem).then(
        () => null,
        (reason: unknown) => reason,
      );
      const state = await operation.state();
      expect(await temporaries(), `left after call ${String(at)}, ${fileSystem.calls[at] ?? ''}`).toEqual([]);
      expect(state).not.toBe('part');
      if (fileSystem.calls.length <= at) {
        // Nothing was left to fail.
        expect(error).toBeNull();
        expect(state).toBe('new');
        break;
      }
      if (fileSystem.failed.length > 0) failures++;
      // A short write is no failure: the rest is written by another call.
      if (error === null) expect(state).toBe('new');
      else expect(fileSystem.failed.length).toBeGreaterThan(0);
      if (fault === 'short write') expect(error).toBeNull();
      // After a failure the same can be done again.
      if (error !== null && operation.name !== 'creating a folder' && state === 'old') {
        await operation.run(nodeFileSystem);
        expect(await operation.state()).toBe('new');
      }
    }
    expect(failures).toBeGreaterThanOrEqual(fault === 'short write' ? 1 : 5);
  });

  it('leaves old or new when the process ends at any call', async () => {
    // Every call from some point on fails and nothing can be cleaned up: what a kill leaves on disk.
    for (let at = 0; ; at++) {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await operation.prepare();
      const counting = faultyFileSystem(nodeFileSystem, { at: null, fault: 'EIO', lasting: false });
      const dead = deadAfter(counting, at);
      await operation.run(dead).catch(() => undefined);
      await operation.state();
      if (counting.calls.length < at) break;
    }
  });
});

/** Nothing happens any more from call `at` on. */
function deadAfter(fileSystem: FileSystem & { readonly calls: readonly string[] }, at: number): FileSystem {
  const alive = (): void => {
    if (fileSystem.calls.length >= at) throw Object.assign(new Error('dead'), { code: 'EDEAD' });
  };
  const guard = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (object, key) => {
        const member: unknown = Reflect.get(object, key);
        if (typeof member !== 'function') return member;
        return async (...values: unknown[]): Promise<unknown> => {
          // The system closes the files of a process that ends.
          if (key === 'close') return await (Reflect.apply(member, object, values) as Promise<unknown>);
          alive();
          const result: unknown = await Reflect.apply(member, object, values);
          return typeof result === 'object' && result !== null && 'close' in result ? guard(result) : result;
        };
      },
    });
  return guard(fileSystem);
}

describe('writing', () => {
  it('refuses more bytes than were announced and leaves nothing', async () => {
    await expect(writeFile(nodeFileSystem, file(), pieces(newContent), { maximum: newContent.length - 1 })).rejects.toThrow(
      ContentTooLongError,
    );
    expect(await readdir(folder)).toEqual([]);
    await writeFile(nodeFileSystem, file(), pieces(newContent), { maximum: newContent.length });
    expect((await readFile(file())).equals(newContent)).toBe(true);
  });

  it('leaves nothing when the stream breaks off', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield newContent;
      throw new Error('the page was closed');
    };
    await expect(writeFile(nodeFileSystem, file(), broken())).rejects.toThrow('the page was closed');
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells the pieces that it wrote', async () => {
    const seen: Uint8Array[] = [];
    expect(await writeFile(nodeFileSystem, file(), pieces(newContent), { watch: (piece) => seen.push(piece) })).toBe(newContent.length);
    expect(Buffer.concat(seen).equals(newContent)).toBe(true);
  });

  it('does not replace a folder that is there', async () => {
    await mkdir(checkpoint());
    await write(join(checkpoint(), 'mine'), 'mine');
    await expect(createFolder(nodeFileSystem, checkpoint(), (temporary) => write(join(temporary, 'yours'), 'yours'))).rejects.toThrow();
    expect(await readdir(checkpoint())).toEqual(['mine']);
    expect(await temporaries()).toEqual([]);
  });

  it('removes a folder', async () => {
    await mkdir(checkpoint());
    await write(join(checkpoint(), 'mine'), 'mine');
    await removeFolder(nodeFileSystem, checkpoint());
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('orphans', () => {
  it('are removed when their process is gone, and only then', async () => {
    const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
    const foreign = temporaryPath(join(folder, 'project.json')).replace(`.${String(process.pid)}-`, `.${String(dead)}-`);
    const own = temporaryPath(join(folder, 'project.json'));
    await write(foreign, 'half');
    await write(own, 'half');
    await mkdir(foreign.replace('project.json', '100'));
    await write(join(folder, '.hidden'), 'not ours');
    await removeOrphans(nodeFileSystem, folder);
    expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual([own, join(folder, '.hidden')].sort());
  });
});

describe('reading', () => {
  it('gives null for no file, and pieces of a range', async () => {
    expect(await readThrough(nodeFileSystem, file())).toBeNull();
    await write(file(), newContent);
    expect(Buffer.from((await readThrough(nodeFileSystem, file())) ?? []).equals(newContent)).toBe(true);
    const found: Uint8Array[] = [];
    for await (const piece of readPieces(nodeFileSystem, file(), { start: 5, end: 5005, pieceBytes: 999 })) found.push(piece);
    expect(found.length).toBe(6);
    expect(Buffer.concat(found).equals(newContent.subarray(5, 5005))).toBe(true);
  });

  it('refuses a file that is too large before memory is taken', async () => {
    await write(file(), newContent);
    await expect(readThrough(nodeFileSystem, file(), 100)).rejects.toThrow(RangeError);
  });
});
