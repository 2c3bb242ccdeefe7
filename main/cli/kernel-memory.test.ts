/** The memory for kernels on disk: kept, added to, and done without where it is broken. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findPlaces } from '../services/places';
import { nodeFileSystem } from '../storage/file-system';
import { openKernelMemory } from './kernel-memory';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hebb-kernels-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});
const places = () => findPlaces({ environment: { HEBB_HOME: home }, platform: process.platform, home });
const open = () => openKernelMemory(nodeFileSystem, places());

it('keeps what it learns, beside what it knew', async () => {
  const memory = await open();
  expect(memory.known).toEqual({});
  memory.learn({ first: 'block-64' });
  memory.learn({ second: 'register-4x4' });
  await vi.waitFor(async () => {
    expect((await open()).known).toEqual({ first: 'block-64', second: 'register-4x4' });
  });
});

it('begins anew where the file is broken', async () => {
  const memory = await open();
  memory.learn({ first: 'block-64' });
  const path = join(places().cache, 'kernels.json');
  await vi.waitFor(async () => {
    expect(await readFile(path, 'utf8')).toContain('block-64');
  });
  await writeFile(path, '{"choices": 3');
  expect((await open()).known).toEqual({});
});
