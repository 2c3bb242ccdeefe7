import { describe, expect, it, vi } from 'vitest';
import { countClasses, createSampleReader, type Dataset } from './sample-reader';

/**
 * Two shards of 40 and 30 samples of 2 bytes: sample i is (i, 255 − i). Of every seven the first is for the test, the next two
 * for validation, the last is excluded, and the others are for training.
 */
const shards: Record<string, Uint8Array> = {
  a: Uint8Array.from({ length: 80 }, (_, byte) => (byte % 2 === 0 ? byte / 2 : 255 - (byte - 1) / 2)),
  b: Uint8Array.from({ length: 60 }, (_, byte) => (byte % 2 === 0 ? 40 + byte / 2 : 255 - 40 - (byte - 1) / 2)),
  splits: Uint8Array.from({ length: 70 }, (_, place) => [2, 1, 1, 0, 0, 0, 3][place % 7] ?? 0),
  labels: new Uint8Array(Int32Array.from({ length: 70 }, (_, place) => place % 3).buffer),
};
const dataset: Dataset = {
  id: 'two',
  name: 'Two',
  revision: 1,
  sampleShape: [2],
  sampleType: 'u8',
  labelShape: [],
  classes: ['0', '1', '2'],
  targetNames: [],
  symbols: [],
  columns: [],
  repeats: null,
  counts: { train: 30, validation: 20, test: 10, excluded: 10 },
  licence: '',
  bundled: false,
  count: 70,
  sampleShards: [
    { url: 'a', bytes: 80 },
    { url: 'b', bytes: 60 },
  ],
  labelShards: [{ url: 'labels', bytes: 280 }],
  splitUrl: 'splits',
  namesUrl: null,
};

function open(of = dataset) {
  const fetchRange = vi.fn((url: string, first: number, length: number) => {
    const shard = shards[url] ?? new Uint8Array();
    return Promise.resolve({ ok: true as const, value: { bytes: shard.slice(first, first + length).buffer, total: shard.byteLength } });
  });
  const fetchAll = vi.fn((url: string) => Promise.resolve({ ok: true as const, value: (shards[url] ?? new Uint8Array()).slice().buffer }));
  return { reader: createSampleReader(of, fetchRange, fetchAll), fetchRange, fetchAll };
}

describe('reading samples', () => {
  it.each([
    ['train', 0, 3],
    ['train', 29, 68],
    ['validation', 0, 1],
    ['validation', 11, 37],
    ['validation', 12, 43],
    ['test', 5, 35],
    ['test', 9, 63],
  ] as const)('finds sample %s %i across shards and splits', async (split, index, absolute) => {
    const sample = await open().reader.sample(split, index);
    expect(sample.ok && [...sample.value]).toEqual([...Float32Array.of(absolute / 255, (255 - absolute) / 255)]);
  });

  it('refuses what the split does not hold', async () => {
    expect(await open().reader.sample('test', 10)).toMatchObject({ ok: false, error: { code: 'data.no-such-sample' } });
    expect(await open().reader.sample('test', -1)).toMatchObject({ ok: false });
  });

  it('fetches neighbours together', async () => {
    const { reader, fetchRange } = open();
    await reader.sampleAt(0);
    const before = fetchRange.mock.calls.length;
    for (let place = 1; place < 32; place++) await reader.sampleAt(place);
    expect(fetchRange.mock.calls.length).toBe(before);
  });

  it('tries again after a failure', async () => {
    let fails = true;
    const { fetchRange, fetchAll } = open();
    const failed = { ok: false as const, error: { code: 'shell.unreachable', values: {} } };
    const reader = createSampleReader(
      dataset,
      (url, first, length) => (fails ? Promise.resolve(failed) : fetchRange(url, first, length)),
      (url) => (fails ? Promise.resolve(failed) : fetchAll(url)),
    );
    expect((await reader.sample('train', 3)).ok).toBe(false);
    expect((await reader.labels('train')).ok).toBe(false);
    fails = false;
    expect((await reader.sample('train', 3)).ok).toBe(true);
    expect((await reader.labels('train')).ok).toBe(true);
  });

  it('cuts the labels to the split and fetches them once', async () => {
    const { reader, fetchAll } = open();
    const labels = await reader.labels('validation');
    await reader.labels('validation');
    await reader.labels('train');
    // Places 1, 2, 8, 9, 15.
    expect(labels.ok && [...labels.value.slice(0, 5)]).toEqual([1, 2, 2, 0, 0]);
    expect(labels.ok && labels.value.length).toBe(20);
    expect(fetchAll).toHaveBeenCalledTimes(2);
  });

  it('reads targets as numbers', async () => {
    shards['targets'] = new Uint8Array(Float32Array.from({ length: 140 }, (_, index) => index / 4).buffer);
    const { reader } = open({
      ...dataset,
      classes: [],
      targetNames: ['x', 'y'],
      labelShape: [2],
      labelShards: [{ url: 'targets', bytes: 560 }],
    });
    const labels = await reader.labels('test');
    expect(labels.ok && [...labels.value.slice(0, 4)]).toEqual([0, 0.25, 3.5, 3.75]);
  });
});

describe('the table of all samples', () => {
  it('has labels, splits and names of all, read once', async () => {
    shards['names'] = new TextEncoder().encode(
      Array.from({ length: 70 }, (_, place) => JSON.stringify(`a/"${String(place)}".png`)).join('\n'),
    );
    const { reader, fetchAll } = open({ ...dataset, namesUrl: 'names' });
    const table = await reader.table();
    await reader.table();
    await reader.labels('train');
    expect(table.ok && [table.value.labels[4], table.value.splits[6], table.value.names?.[69]]).toEqual([1, 3, 'a/"69".png']);
    expect(fetchAll).toHaveBeenCalledTimes(3);
    expect(await open().reader.table()).toMatchObject({ ok: true, value: { names: null } });
  });
});

describe('counting classes', () => {
  it('counts each', () => {
    expect(countClasses(Int32Array.of(2, 0, 2), 3)).toEqual([1, 0, 2]);
  });
});
