import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeFileSystem } from './file-system';
import { acquireLock, lockName } from './lock';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hebb-lock-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const acquired = async () => {
  const result = await acquireLock(nodeFileSystem, folder);
  if (!result.ok) throw new Error('the lock was not to be had');
  return result.lock;
};
const leave = (holder: object): Promise<void> =>
  writeFile(join(folder, lockName), JSON.stringify({ processId: process.pid, host: hostname(), startedAt: null, key: 'k', ...holder }));

it('is had by one at a time, and by the next after its release', async () => {
  const lock = await acquired();
  expect(await lock.held()).toBe(true);
  const second = await acquireLock(nodeFileSystem, folder);
  expect(second).toMatchObject({ ok: false, holder: { processId: process.pid, host: hostname() } });
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await acquired()).release();
});

it('goes to exactly one of many who ask at once', async () => {
  const results = await Promise.all(Array.from({ length: 20 }, () => acquireLock(nodeFileSystem, folder)));
  expect(results.filter(({ ok }) => ok).length).toBe(1);
  expect((await readdir(folder)).sort()).toEqual([lockName]);
});

it('is taken over from a process that died', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  await leave({ processId: dead });
  const results = await Promise.all(Array.from({ length: 10 }, () => acquireLock(nodeFileSystem, folder)));
  expect(results.filter(({ ok }) => ok).length).toBe(1);
});

it('is taken over by one alone, however often many try at once', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  for (let round = 0; round < 30; round++) {
    await leave({ processId: dead, key: round.toString(16).padStart(24, '0') });
    const results = await Promise.all(Array.from({ length: 12 }, () => acquireLock(nodeFileSystem, folder)));
    expect(results.filter(({ ok }) => ok).length).toBe(1);
    expect(await readdir(folder)).toEqual([lockName]);
  }
});

it('is taken over from a process that died while it took it over itself', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  const key = 'a'.repeat(24);
  await leave({ processId: dead, key });
  await copyFile(join(folder, lockName), join(folder, `${lockName}.${key}`));
  expect(await (await acquired()).held()).toBe(true);
  expect(await readdir(folder)).toEqual([lockName]);
});

it.runIf(process.platform === 'linux')('is taken over from a process whose number another has now', async () => {
  await leave({ startedAt: '1' });
  expect(await (await acquired()).held()).toBe(true);
});

it('is left to a living process, and to another machine until it is silent for long', async () => {
  await leave({ processId: process.ppid });
  expect((await acquireLock(nodeFileSystem, folder)).ok).toBe(false);
  await leave({ host: 'another', processId: 1 });
  expect((await acquireLock(nodeFileSystem, folder)).ok).toBe(false);
  const longAgo = new Date(Date.now() - 10 * 60 * 1000);
  await utimes(join(folder, lockName), longAgo, longAgo);
  expect(await (await acquired()).held()).toBe(true);
});

it('that holds nonsense is taken over only when it is old', async () => {
  await writeFile(join(folder, lockName), 'nonsense');
  expect((await acquireLock(nodeFileSystem, folder)).ok).toBe(false);
  await utimes(join(folder, lockName), 1, 1);
  expect((await acquireLock(nodeFileSystem, folder)).ok).toBe(true);
});

it('knows when it was lost', async () => {
  const lock = await acquired();
  await leave({ key: 'somebody else' });
  expect(await lock.held()).toBe(false);
  await lock.release();
  expect(await readdir(folder)).toEqual([lockName]);
});
