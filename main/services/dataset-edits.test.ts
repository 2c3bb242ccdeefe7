import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../storage/file-system';
import { memoryFileSystem } from '../storage/testing/memory-file-system';
import { drawSplits } from './dataset-splits';
import { armedFileSystem, expectForeseen, faults, optionalError } from './testing/faults';
import { placesIn, startServices, type Caller } from './testing/home';
import { startedForEach } from './testing/started';

const at = startedForEach();

/** Ten samples of 1×2×2 in two classes, all bytes of sample i are i; all are for training. */
async function newDataset(caller: Caller) {
  const upload = await caller.upload(
    'drawn',
    Uint8Array.from({ length: 40 }, (_, byte) => Math.floor(byte / 4)),
  );
  const labels = Array.from({ length: 10 }, (_, index) => index % 2);
  const splits = { validation: 0, test: 0, seed: 1 };
  const drawn = { id: null, name: 'Drawn', sampleShape: [1, 2, 2], classes: ['cat', 'dog'], samples: upload, labels, splits };
  return await caller.call('datasets.append', drawn);
}

async function contentOf(caller: Caller, id: string) {
  const { sampleShards, labelShards, splitUrl, classes, count, revision, name } = await caller.call('datasets.open', { id });
  const get = async (url = ''): Promise<Uint8Array> => Uint8Array.from((await caller.get(url)) ?? []);
  const shards = await Promise.all(sampleShards.map(({ url }) => get(url)));
  const samples = shards.flatMap((shard) => [...shard].filter((_, index) => index % 4 === 0));
  const labels = [...new Int32Array((await get(labelShards[0]?.url)).buffer)].map((label) => classes[label]);
  return { samples, labels, splits: [...(await get(splitUrl))], count, revision, name };
}

const alternating = ['cat', 'dog', 'cat', 'dog', 'cat', 'dog', 'cat', 'dog', 'cat', 'dog'];
const first = {
  ...{ samples: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], labels: alternating, splits: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
  ...{ count: 10, revision: 1, name: 'Drawn' },
};

describe('editing a data set', () => {
  it('relabels, moves, excludes and names classes at once, and takes it back', async () => {
    const { id, revision } = await newDataset(at.caller);
    expect(await contentOf(at.caller, id)).toEqual(first);
    const after = await at.caller.call('datasets.edit', {
      id,
      revision,
      classes: ['cat', 'hound', 'bird'],
      edits: [
        { indices: [0, 9], label: 2, split: null },
        { indices: [1], label: null, split: 'excluded' },
        { indices: [2, 3], label: null, split: 'test' },
        { indices: [8], label: 0, split: 'validation' },
      ],
    });
    expect(after).toMatchObject({
      revision: 2,
      counts: { train: 6, validation: 1, test: 2, excluded: 1 },
      classes: ['cat', 'hound', 'bird'],
    });
    const edited = await contentOf(at.caller, id);
    expect(edited.labels).toEqual(['bird', 'hound', 'cat', 'hound', 'cat', 'hound', 'cat', 'hound', 'cat', 'bird']);
    expect(edited.splits).toEqual([0, 3, 2, 2, 0, 0, 0, 0, 1, 0]);
    await at.caller.call('datasets.rename', { id, name: 'Animals' });
    await at.caller.call('datasets.revert', { id, revision: 2, to: 1 });
    expect(await contentOf(at.caller, id)).toEqual({ ...first, revision: 3, name: 'Animals' });
  });

  it('refuses what was made for another revision, and what cannot be', async () => {
    const { id, revision } = await newDataset(at.caller);
    const refusal = async (
      edit: { indices: number[]; label?: number; split?: 'test' },
      changes: { revision?: number; classes?: string[] } = {},
    ) => {
      const edits = [{ label: null, split: null, ...edit }];
      return (await at.caller.refused('datasets.edit', { id, revision, edits, ...changes })).code;
    };
    expect(await refusal({ indices: [0], label: 1 }, { revision: 7 })).toBe('dataset.changed');
    expect(await refusal({ indices: [10], label: 1 })).toBe('dataset.no-sample');
    expect(await refusal({ indices: [1], label: 2 })).toBe('dataset.no-class');
    expect(await refusal({ indices: [] }, { classes: ['cat'] })).toBe('dataset.class-names');
    expect(await refusal({ indices: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], split: 'test' })).toBe('dataset.no-training');
    expect((await at.caller.refused('datasets.rename', { id: 'mnist', name: 'Mine' })).code).toBe('dataset.bundled');
    expect((await at.caller.refused('datasets.revert', { id, revision, to: 5 })).code).toBe('dataset.no-revision');
    expect(await contentOf(at.caller, id)).toEqual(first);
  });

  it('adds samples, with new classes, and only such of the same shape', async () => {
    const { id } = await newDataset(at.caller);
    const splits = { validation: 0, test: 1, seed: 1 };
    const request = { id, name: 'Drawn', sampleShape: [1, 2, 2], classes: ['bird', 'cat'], labels: [0, 1], splits };
    const samples = await at.caller.upload('more', Uint8Array.of(10, 10, 10, 10, 11, 11, 11, 11));
    await at.caller.call('datasets.append', { ...request, samples });
    expect(await contentOf(at.caller, id)).toEqual({
      ...first,
      ...{ samples: [...first.samples, 10, 11], labels: [...first.labels, 'bird', 'cat'], splits: [...first.splits, 2, 2] },
      ...{ count: 12, revision: 2 },
    });
    const other = { ...request, sampleShape: [1, 2, 3], samples: await at.caller.upload('more', new Uint8Array(12)) };
    expect((await at.caller.refused('datasets.append', other)).code).toBe('dataset.other-shape');
    const short = { ...request, samples: await at.caller.upload('more', new Uint8Array(7)) };
    expect((await at.caller.refused('datasets.append', short)).code).toBe('upload.incomplete');
    expect((await readdir(join(at.home.places.data, 'datasets', id))).filter((name) => name.startsWith('samples'))).toHaveLength(1);
  });

  it('goes to the trash and comes back; a copy is a data set of its own', async () => {
    const { id } = await newDataset(at.caller);
    const copy = await at.caller.call('datasets.copy', { id, name: 'Again' });
    await at.caller.call('datasets.remove', { id });
    expect((await at.caller.refused('datasets.open', { id })).code).toBe('dataset.unknown');
    expect(await contentOf(at.caller, copy.id)).toEqual({ ...first, name: 'Again' });
    await at.caller.call('datasets.restore', { id });
    expect(await contentOf(at.caller, id)).toEqual(first);
    expect((await at.caller.refused('datasets.remove', { id: 'mnist' })).code).toBe('dataset.bundled');
    expect((await at.caller.refused('datasets.remove', { id: '../datasets' })).code).toBe('dataset.unknown');
  });

  it('divides anew, with the same shares of each class', async () => {
    const groups = Uint8Array.from({ length: 1000 }, (_, index) => (index % 10 === 0 ? 1 : 0));
    const before = Uint8Array.from({ length: 1000 }, (_, index) => (index < 100 ? 3 : 0));
    const splits = drawSplits(1000, { validation: 0.1, test: 0.2, seed: 5 }, { groups, before });
    const count = (group: number, code: number) => splits.filter((split, index) => groups[index] === group && split === code).length;
    expect([0, 1, 2, 3].map((code) => count(0, code))).toEqual([567, 81, 162, 90]);
    expect([0, 1, 2, 3].map((code) => count(1, code))).toEqual([63, 9, 18, 10]);
    expect(drawSplits(1000, { validation: 0.1, test: 0.2, seed: 5 }, { groups, before })).toEqual(splits);
    expect(drawSplits(1000, { validation: 0.1, test: 0.2, seed: 6 }, { groups, before })).not.toEqual(splits);
    const { id, revision } = await newDataset(at.caller);
    const { counts } = await at.caller.call('datasets.resplit', {
      id,
      revision,
      validation: 0.2,
      test: 0.4,
      stratified: true,
      together: false,
      seed: 1,
    });
    expect(counts).toEqual({ train: 4, validation: 2, test: 4, excluded: 0 });
    // What comes with Hebb stays as it is.
    const shapes = await at.caller.call('datasets.open', { id: 'temporal-order' });
    const mine = await at.caller.call('datasets.resplit', {
      ...shapes,
      validation: 0.2,
      test: 0.2,
      stratified: false,
      together: false,
      seed: 1,
    });
    expect(mine.id).not.toBe('temporal-order');
    expect(mine).toMatchObject({ bundled: false, counts: { train: 6000, validation: 2000, test: 2000, excluded: 0 } });
    expect((await at.caller.call('datasets.open', { id: 'temporal-order' })).counts).toEqual(shapes.counts);
  });
});

describe.each(faults)('whichever call fails while a data set is changed: $fault, lasting $lasting', (plan) => {
  it('it is as it was or as it should be', { timeout: 60_000 }, async () => {
    const places = placesIn('/home');
    const start = (fileSystem: FileSystem): Promise<Caller> => startServices(places, fileSystem);
    for (let attempt = 0; ; attempt++) {
      const disk = memoryFileSystem();
      const { fileSystem, arm } = armedFileSystem(disk, plan);
      const caller = await start(fileSystem);
      const { id, revision } = await newDataset(caller);
      const faulty = arm(attempt);
      const edits = [{ indices: [0], label: 1, split: 'test' as const }];
      const error = await optionalError(caller.call('datasets.edit', { id, revision, edits }));
      const ended = faulty.calls.length <= attempt;
      await optionalError(caller.services.close());
      const sound = await start(disk);
      const after = await contentOf(sound, id);
      const edited = { ...first, revision: 2, labels: ['dog', ...alternating.slice(1)], splits: [2, ...first.splits.slice(1)] };
      expect([first, edited], `after ${faulty.failed.join(', ')}`).toContainEqual(after);
      if (error === null) expect(after).toEqual(edited);
      else expectForeseen(error, plan);
      // And it can be changed again.
      await sound.call('datasets.edit', { id, revision: after.revision, edits });
      expect((await contentOf(sound, id)).labels).toEqual(edited.labels);
      await sound.services.close();
      if (ended) break;
    }
  });
});
