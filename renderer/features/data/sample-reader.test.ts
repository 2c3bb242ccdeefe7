import { describe, expect, it, vi } from 'vitest';
import { countClasses, createSampleReader, type Dataset } from './sample-reader';

/** Two shards of 40 and 30 samples of 2 bytes: sample i is (i, 255 − i); the validation split starts at 35. */
const shards: Record<string, Uint8Array> = {
  a: Uint8Array.from({ length: 80 }, (_, byte) => (byte % 2 === 0 ? byte / 2 : 255 - (byte - 1) / 2)),
  b: Uint8Array.from({ length: 60 }, (_, byte) => (byte % 2 === 0 ? 40 + byte / 2 : 255 - 40 - (byte - 1) / 2)),
};
const source = { sampleUrls: ['a', 'b'], labelUrls: ['labels'] };
const dataset: Dataset = {
  id: 'two',
  name: 'Two',
  sampleShape: [2],
  sampleType: 'u8',
  labelShape: [],
  classes: ['0', '1', '2'],
  symbols: [],
  counts: { train: 35, validation: 30, test: 5 },
  licence: '',
  bundled: false,
  splits: {
    train: { ...source, count: 35, first: 0 },
    validation: { ...source, count: 30, first: 35 },
    test: { ...source, count: 5, first: 65 },
  },
};

function open() {
  const fetchRange = vi.fn((url: string, first: number, length: number) => {
    const shard = shards[url] ?? new Uint8Array();
    return Promise.resolve({ ok: true as const, value: { bytes: shard.slice(first, first + length).buffer, total: shard.byteLength } });
  });
  const labels = Int32Array.from({ length: 70 }, (_, index) => index % 3);
  const fetchAll = vi.fn(() => Promise.resolve({ ok: true as const, value: labels.buffer }));
  return { reader: createSampleReader(dataset, fetchRange, fetchAll), fetchRange, fetchAll };
}

describe('reading samples', () => {
  it.each([
    ['train', 0, 0],
    ['validation', 0, 35],
    ['validation', 4, 39],
    ['validation', 5, 40],
    ['validation', 29, 64],
    ['test', 4, 69],
  ] as const)('finds sample %s %i across shards and splits', async (split, index, absolute) => {
    const sample = await open().reader.sample(split, index);
    expect(sample.ok && [...sample.value]).toEqual([...Float32Array.of(absolute / 255, (255 - absolute) / 255)]);
  });

  it('refuses what the split does not hold', async () => {
    expect(await open().reader.sample('test', 5)).toMatchObject({ ok: false, error: { code: 'data.no-such-sample' } });
    expect(await open().reader.sample('test', -1)).toMatchObject({ ok: false });
  });

  it('fetches neighbours together', async () => {
    const { reader, fetchRange } = open();
    await reader.sample('train', 0);
    const before = fetchRange.mock.calls.length;
    for (let index = 1; index < 32; index++) await reader.sample('train', index);
    expect(fetchRange.mock.calls.length).toBe(before);
  });

  it('tries again after a failure', async () => {
    let fails = true;
    const shard = shards['a'] ?? new Uint8Array();
    const reader = createSampleReader(
      { ...dataset, splits: { ...dataset.splits, train: { ...dataset.splits.train, sampleUrls: ['a'] } } },
      (_, first, length) =>
        Promise.resolve(
          fails
            ? { ok: false, error: { code: 'shell.unreachable', values: {} } }
            : { ok: true, value: { bytes: shard.slice(first, first + length).buffer, total: shard.byteLength } },
        ),
      () => Promise.resolve({ ok: false, error: { code: 'shell.unreachable', values: {} } }),
    );
    expect((await reader.sample('train', 3)).ok).toBe(false);
    fails = false;
    expect((await reader.sample('train', 3)).ok).toBe(true);
  });

  it('cuts the labels to the split and fetches them once', async () => {
    const { reader, fetchAll } = open();
    const labels = await reader.labels('validation');
    await reader.labels('validation');
    expect(labels.ok && [...labels.value.slice(0, 3)]).toEqual([2, 0, 1]);
    expect(labels.ok && labels.value.length).toBe(30);
    expect(fetchAll).toHaveBeenCalledTimes(1);
  });
});

describe('counting classes', () => {
  it('counts each', () => {
    expect(countClasses(Int32Array.of(2, 0, 2), 3)).toEqual([1, 0, 2]);
  });
});
