/** Imports and migrations of data sets on a disk that fails: whole afterwards, or as it was. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ContractRequest } from '../contract/contract';
import { isTemporary, writeFile } from '../storage/atomic';
import type { FileSystem } from '../storage/file-system';
import { memoryFileSystem } from '../storage/testing/memory-file-system';
import { armedFileSystem, expectForeseen, faults, optionalError } from './testing/faults';
import { bundleOf, placesIn, startServices, type Caller } from './testing/home';

const places = placesIn('/home');
const imported = join(places.data, 'datasets');

interface Story {
  readonly name: string;
  readonly prepare: (disk: FileSystem) => Promise<void>;
  readonly begin: (caller: Caller) => Promise<() => Promise<unknown>>;
  /** With a sound disk again; `error` is null where the work was said to be done. */
  readonly examine: (caller: Caller, disk: FileSystem, error: unknown) => Promise<void>;
}

const rows = Array.from({ length: 20 }, (_, row) => `${String(row)},${row % 2 === 0 ? 'even' : 'odd'}`).join('\n');

async function importOf(caller: Caller, path: string, content: string): Promise<() => Promise<unknown>> {
  const source = { from: 'bundle' as const, uploads: [await caller.upload('bundle', bundleOf([path, content]))], name: 'Mine' };
  const { options } = await caller.call('imports.inspect', { source });
  const request: ContractRequest<'imports.run'> = { source, name: 'Mine', options, job: 'import' };
  return () => caller.call('imports.run', request);
}

/** Besides what a process that was killed had begun: the next one removes that once its owner is gone, and this one lives. */
const namesOn = async (disk: FileSystem): Promise<string[]> =>
  (await disk.list(imported).catch(() => [])).map(({ name }) => name).filter((name) => !isTemporary(name));

/** There whole with its report, or not at all; nothing else lies beside it. */
const wholeOrNone =
  (count: number): Story['examine'] =>
  async (caller, disk, error) => {
    const own = (await caller.call('datasets.list', null)).filter(({ bundled }) => !bundled);
    expect(own.length).toBeLessThanOrEqual(1);
    if (error === null) expect(own).toHaveLength(1);
    for (const { id } of own) {
      expect((await caller.call('datasets.open', { id })).count).toBe(count);
      expect(await caller.call('imports.report', { dataset: id })).toMatchObject({ read: count });
    }
    expect(await namesOn(disk)).toEqual(own.map(({ id }) => id));
  };

const former = 'old-00000000';

/** Three samples of one byte, as version 1 kept them: a file of each kind for each split. */
async function writeFormer(disk: FileSystem): Promise<void> {
  const folder = join(imported, former);
  await disk.createFolder(folder);
  const shard = async (file: string, bytes: Uint8Array) => {
    await writeFile(disk, join(folder, file), bytes);
    return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const split = async (name: string, member: number) => ({
    count: 1,
    samples: [await shard(`${name}-samples-0.u8`, Uint8Array.of(member))],
    labels: [await shard(`${name}-labels-0.i32`, new Uint8Array(Int32Array.of(member % 2).buffer))],
    positions: [await shard(`${name}-positions-0.i32`, new Uint8Array(Int32Array.of(member).buffer))],
  });
  const manifest = {
    ...{ format: 'hebb-dataset', version: 1, id: former, name: 'Old', source: 'a', licence: 'unknown' },
    ...{ sampleShape: [1], sampleType: 'u8', classes: ['even', 'odd'] },
    splits: { train: await split('train', 4), validation: await split('validation', 5), test: await split('test', 6) },
  };
  await writeFile(disk, join(folder, 'manifest.json'), new TextEncoder().encode(JSON.stringify(manifest)));
}

const nothing = (): Promise<void> => Promise.resolve();

const stories: readonly Story[] = [
  { name: 'an import', prepare: nothing, begin: (caller) => importOf(caller, 'rows.csv', rows), examine: wholeOrNone(20) },
  {
    name: 'the migration of a data set of version 1',
    prepare: writeFormer,
    begin: (caller) => Promise.resolve(() => caller.call('datasets.open', { id: former })),
    examine: async (caller, disk) => {
      expect((await caller.call('datasets.list', null)).map(({ id }) => id)).toContain(former);
      // Whatever was left, opening it gives all samples.
      const { counts, sampleShards } = await caller.call('datasets.open', { id: former });
      expect(counts).toEqual({ train: 1, validation: 1, test: 1, excluded: 0 });
      expect([...((await caller.get(sampleShards[0]?.url ?? '')) ?? [])]).toEqual([4, 5, 6]);
      expect(await namesOn(disk)).toEqual([former]);
    },
  },
];

describe.each(faults)('whichever call fails: $fault, lasting $lasting', { timeout: 120_000 }, (plan) => {
  it.each(stories)('$name leaves old or new, never else', async ({ prepare, begin, examine }) => {
    let failures = 0;
    for (let at = 0; ; at++) {
      const disk = memoryFileSystem();
      await prepare(disk);
      const { fileSystem, arm } = armedFileSystem(disk, plan);
      const caller = await startServices(places, fileSystem);
      const work = await begin(caller);
      const faulty = arm(at);
      const error = await optionalError(work());
      const ended = faulty.calls.length <= at;
      if (error !== null) expectForeseen(error, plan);
      await optionalError(caller.services.close());
      const again = await startServices(places, disk);
      await examine(again, disk, error);
      await again.services.close();
      if (faulty.failed.length > 0) failures++;
      if (ended) break;
    }
    expect(failures).toBeGreaterThan(plan.fault === 'short write' ? 0 : 10);
  });
});
