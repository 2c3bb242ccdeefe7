/** Folders with links, pipes and names that want to leave them; bundles and archives with the same. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pathFault } from '../../formats/safe-path';
import { nodeFileSystem, readFile } from '../../storage/file-system';
import { readRegion } from '../../storage/region';
import { foreseen } from '../service-error';
import { readEntry } from './entries';
import { openEntries } from './sources';

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hebb-sources-'));
});
afterAll(async () => {
  await rm(home, { recursive: true });
});

const codeOf = (error: unknown): string => foreseen(error)?.code ?? String(error);

it('links are followed within the chosen folder alone; pipes and sockets are told of', async () => {
  const folder = join(home, 'data');
  await mkdir(join(folder, 'cat'), { recursive: true });
  await writeFile(join(home, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'cat', '1.txt'), 'one');
  await writeFile(join(folder, '..named.txt'), 'two');
  await symlink(join('cat', '1.txt'), join(folder, 'inside.txt'));
  await symlink('..named.txt', join(folder, 'named.txt'));
  await symlink(join('..', 'secret.txt'), join(folder, 'relative.txt'));
  await symlink(join(home, 'secret.txt'), join(folder, 'cat', 'absolute.txt'));
  await symlink('/dev/zero', join(folder, 'zero.png'));
  await symlink('/', join(folder, 'root'));
  await symlink('.', join(folder, 'around'));
  await symlink('nowhere', join(folder, 'broken.txt'));
  await symlink('circle.txt', join(folder, 'circle.txt'));
  expect(spawnSync('mkfifo', [join(folder, 'pipe.png')]).status).toBe(0);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket.csv'), resolve));
  try {
    const { entries, problems, close } = await openEntries(nodeFileSystem, { from: 'places', paths: [folder] });
    expect(entries.map(({ path }) => path)).toEqual(['cat/1.txt', 'inside.txt', 'named.txt']);
    expect(problems.map(({ file, problem }) => [file, problem.code])).toEqual([
      ['around', 'import.link'],
      ['broken.txt', 'import.link'],
      ['cat/absolute.txt', 'import.link'],
      ['circle.txt', 'import.link'],
      ['pipe.png', 'import.special'],
      ['relative.txt', 'import.link'],
      ['root', 'import.link'],
      ['socket.csv', 'import.special'],
      ['zero.png', 'import.link'],
    ]);
    expect(Buffer.from(await readEntry(entries[1]!, 100)).toString()).toBe('one');
    await close();
    // Chosen by themselves they are refused at once: nobody waits for the other end of a pipe.
    for (const name of ['pipe.png', 'zero.png']) {
      await expect(readFile(nodeFileSystem, join(folder, name))).rejects.toSatisfy((error) => codeOf(error) === 'disk.special');
      expect(() => readRegion({ path: join(folder, name), start: 0, end: null }, 100)).toThrow('EFTYPE');
    }
    await expect(readFile(nodeFileSystem, folder)).rejects.toSatisfy((error) => codeOf(error) === 'disk.special');
    await expect(readFile(nodeFileSystem, join(folder, 'circle.txt'))).rejects.toSatisfy((error) => codeOf(error) === 'disk.missing');
  } finally {
    server.close();
  }
});

const bundle = (files: readonly (readonly [path: string, content: string])[]): Buffer =>
  Buffer.concat(
    files.flatMap(([path, content]) => {
      const header = Buffer.from(JSON.stringify({ path, size: Buffer.byteLength(content) }));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(header.length);
      return [length, header, Buffer.from(content)];
    }),
  );

const strange = ['../a', '/a', 'C:/a', 'a\\b', 'nul.png', 'a\0b', 'a\n', 'x'.repeat(1100), 'a/../../b', 'b./c', 'd \u202e', '\ud800'];

it.each(strange.map((path) => [path]))('%j is taken from neither a bundle nor an archive', async (path) => {
  const file = join(home, 'bundle');
  await writeFile(
    file,
    bundle([
      ['good.txt', 'good'],
      [path, 'bad'],
    ]),
  );
  await expect(openEntries(nodeFileSystem, { from: 'bundle', paths: [file], name: 'x' })).rejects.toMatchObject({
    problem: {
      code: 'import.bundle',
      values: { reason: expect.stringMatching(/^(path-|header)/) as string, offset: bundle([['good.txt', 'good']]).length },
    },
  });
  // In UTF-8 there are no halves of characters: an archive has another name then.
  if (pathFault(Buffer.from(path).toString()) === null) return;
  await writeFile(join(home, 'a.zip'), zipSync({ [path]: Buffer.from('bad'), 'good.txt': Buffer.from('good') }));
  const { entries, problems, close } = await openEntries(nodeFileSystem, { from: 'places', paths: [join(home, 'a.zip')] });
  expect(entries.map((entry) => entry.path)).toEqual(['good.txt']);
  expect(problems.map(({ problem }) => problem.code)).toEqual([expect.stringMatching(/^zip\.path-/)]);
  await close();
});

it('two names that look the same are one too many', async () => {
  const file = join(home, 'twins');
  await writeFile(
    file,
    bundle([
      ['é.txt', 'one'],
      ['e\u0301.txt', 'two'],
    ]),
  );
  await expect(openEntries(nodeFileSystem, { from: 'bundle', paths: [file], name: 'x' })).rejects.toMatchObject({
    problem: { values: { reason: 'twice' } },
  });
});

it('several bundles are one import, in which no name stands twice', async () => {
  const [first, second, third] = ['first', 'second', 'third'].map((name) => join(home, name)) as [string, string, string];
  await writeFile(first, bundle([['b/2.txt', 'two']]));
  await writeFile(
    second,
    bundle([
      ['a/1.txt', 'one'],
      ['.hidden', ''],
    ]),
  );
  await writeFile(third, bundle([['a/1.txt', 'again']]));
  const { entries, name, close } = await openEntries(nodeFileSystem, { from: 'bundle', paths: [first, second], name: 'both' });
  expect(name).toBe('both');
  expect(entries.map(({ path }) => path)).toEqual(['a/1.txt', 'b/2.txt']);
  for (const [index, text] of ['one', 'two'].entries()) {
    const entry = entries[index]!;
    expect(new TextDecoder().decode(await readEntry(entry, 100))).toBe(text);
    expect(new TextDecoder().decode(readRegion(entry.region!, 100))).toBe(text);
  }
  await close();
  await expect(openEntries(nodeFileSystem, { from: 'bundle', paths: [second, third], name: 'x' })).rejects.toMatchObject({
    problem: { values: { reason: 'twice', offset: 0 } },
  });
});
