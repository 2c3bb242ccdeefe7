/** Ids, tokens and names that would be paths: no call of the contract lets one reach the disk. */
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeHome, type Caller, type Home } from './testing/home';

let home: Home;
let caller: Caller;
beforeAll(async () => {
  home = await makeHome();
  caller = await home.start();
});
afterAll(() => home.remove());

const strange = [
  '..',
  '../x',
  '../../etc/passwd',
  '/etc/passwd',
  'C:\\x',
  'a/b',
  'a\\b',
  'CON',
  'nul.txt',
  'a\0b',
  'a\nb',
  '.',
  '%2e%2e%2f',
  'x'.repeat(5000),
  'e\u0301',
  '\ud800',
  '__proto__',
  'constructor',
  ' ',
];

it('ids and tokens that are none are refused with a code', async () => {
  for (const id of strange) {
    const errors = [
      await caller.refused('datasets.open', { id }),
      await caller.refused('projects.open', { token: id }),
      await caller.refused('folders.list', { folder: id }),
      await caller.refused('runs.list', { project: id }),
      await caller.refused('imports.inspect', { source: { from: 'places', places: [id] } }),
      await caller.refused('imports.inspect', { source: { from: 'files', files: id } }),
      await caller.refused('imports.inspect', { source: { from: 'bundle', uploads: [id], name: 'a' } }),
    ];
    for (const { code } of errors)
      expect(code, id).toMatch(/^(dataset\.unknown|project\.unknown|folder\.unknown|upload\.missing|contract\.[a-z-]+|request\.[a-z-]+)$/);
    expect(await caller.get(`/data/${id}/manifest.json`)).toBeNull();
  }
});

it('names of uploads never become names of files', async () => {
  for (const name of strange.filter((each) => each.trim() !== '' && each.length <= 200)) {
    const token = await caller.upload(name, Buffer.from('x'));
    expect(token).toMatch(/^[A-Za-z0-9_-]{32}$/);
  }
  const beside = await readdir(home.folder, { recursive: true });
  expect(beside.filter((path) => /passwd|nul|CON/i.test(path))).toEqual([]);
  expect(await readdir(dirname(home.folder))).not.toContain('x');
});
