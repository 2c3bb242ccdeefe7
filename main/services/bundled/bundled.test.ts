/** The data sets that Hebb brings along: as they announce themselves, and the same each time. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../compute/graph/tensor';
import { nodeFileSystem, type FileSystem } from '../../storage/file-system';
import { splitNames } from '../../../compute/graph/sample-splits';
import { formOf } from '../dataset-cache';
import { noProgress } from '../jobs';
import { idx } from '../testing/idx';
import { bundledDatasets } from './registry';

const made = [...bundledDatasets.values()].filter(({ id, isThere }) => id !== 'mnist' && isThere === undefined);

/** SHA-256 of samples and labels: a picture or a sequence that changes makes runs incomparable. */
const sums: Readonly<Record<string, string>> = {
  'adding-problem': 'd8692687c8eaf1e00c7561111b7eb6f7d145244e2a749fae5f8013c6aa31b7ad',
  blobs: 'd953419f61d1f6cbf3d93d7edcbf9f7ecab724da296768f3aa13409643ed4d87',
  circles: '8937d1df058a78e96a17dce298978534d47a94a9024849be665c885f1292d228',
  'coloured-shapes': 'a9ba218fbee8991c016cb9a24f942e59d7aa0b88d9f48ead282788412dc2ad79',
  'copy-memory': 'e84a720ce60e7b5a7819d9cc928f03c7604405b63aebf896729551ad37d957a9',
  iris: '6845629fe2fb452073e5240a9d31d974826b88906507820a686f302aafd499da',
  moons: '567482a44d96d31c9959640497f147425b7d4bd649bdc5564c802e7b1ce34510',
  'opticks-queries': '8738bb0f52b518a49e32cc2ea11a2a9244c47e8c69d8a304f11506cb9900268d',
  spirals: '7f0b8e574fa4354e30702ce1f6f24f68213e7096f69addd96201cd42abb68cf0',
  'temporal-order': 'd96ea7528d11261464b1fa4470de1be6c4079cb42d2d634a97027cf8e6c93e42',
  xor: '1596f7dd2c77323e9e8c692cd64eca2f8fcbcaa9479cfdaf2cef9fbb8e5eb496',
};

describe.each(made)('$name', (dataset) => {
  const { id, sampleShape, sampleType, labelShape, classes, symbols, counts } = dataset;

  it('is what it says, with no sample in two splits', async () => {
    const parts = await dataset.read(nodeFileSystem, noProgress);
    const { table } = parts.train;
    expect(formOf(table).sampleType).toBe(sampleType);
    expect(table.sampleShape).toEqual(sampleShape);
    expect(table.labelShape).toEqual(labelShape);
    const positions = splitNames.flatMap((split) => [...parts[split].positions]);
    expect(splitNames.map((split) => parts[split].positions.length)).toEqual(splitNames.map((split) => counts[split]));
    expect(new Set(positions).size).toBe(positions.length);
    expect(table.values.length).toBe(positions.length * sizeOf(sampleShape));
    expect(table.labels.length).toBe(positions.length * sizeOf(labelShape));
    if (dataset.targetNames !== undefined) expect(classes).toEqual([]);
    else expect(table.labels.every((label) => label >= 0 && label < classes.length)).toBe(true);
    if (sampleType === 'i32') expect(table.values.every((token) => token >= 0 && token < symbols.length)).toBe(true);
    if (dataset.targetNames === undefined) expect(new Set(table.labels).size, 'every class occurs').toBe(classes.length);
  });

  it('is made of the same bytes on every machine', async () => {
    const { train } = await dataset.read(nodeFileSystem, noProgress);
    const { values, labels } = train.table;
    const hash = createHash('sha256');
    for (const array of [values, labels]) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    expect(hash.digest('hex')).toBe(sums[id]);
  });
});

describe('Fashion-MNIST', () => {
  const dataset = bundledDatasets.get('fashion-mnist');

  /** Whether or not the machine has its package: its files are looked for in a folder of this test. */
  async function withFolder(use: (fileSystem: FileSystem, folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'hebb-fashion-'));
    const within = (path: string) => join(folder, basename(path));
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open: (path, mode) => nodeFileSystem.open(within(path), mode),
      status: (path) => nodeFileSystem.status(within(path)),
    };
    try {
      await use(fileSystem, folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  it('is not offered where its package is missing, and names that when it is read', async () => {
    await withFolder(async (fileSystem) => {
      expect(await dataset?.isThere?.(fileSystem)).toBe(false);
      await expect(dataset?.read(fileSystem, noProgress)).rejects.toMatchObject({
        code: 'dataset.package-missing',
        values: { package: 'dataset-fashion-mnist' },
      });
    });
  });

  it("is read from the package's four files: the test pair is the test, a tenth of the others is held out", async () => {
    await withFolder(async (fileSystem, folder) => {
      for (const [name, count] of [
        ['train', 60_000],
        ['t10k', 10_000],
      ] as const) {
        const pixels = idx([count, 28, 28], (index) => Math.floor(index / 784) % 256);
        await writeFile(join(folder, `${name}-images-idx3-ubyte.gz`), gzipSync(pixels, { level: 1 }));
        await writeFile(join(folder, `${name}-labels-idx1-ubyte.gz`), gzipSync(idx([count], (index) => index % 10)));
      }
      expect(await dataset?.isThere?.(fileSystem)).toBe(true);
      const parts = await dataset?.read(fileSystem, noProgress);
      if (dataset === undefined || parts === undefined) throw new Error('no Fashion-MNIST');
      expect(splitNames.map((split) => parts[split].positions.length)).toEqual(splitNames.map((split) => dataset.counts[split]));
      expect(new Set([...parts.train.positions, ...parts.validation.positions]).size).toBe(60_000);
      for (const [split, count] of [
        ['train', 60_000],
        ['test', 10_000],
      ] as const) {
        const { values, labels, sampleShape } = parts[split].table;
        expect([sampleShape, values.length, labels.length]).toEqual([dataset.sampleShape, count * 784, count]);
        expect([values[783], values[784], values[300 * 784]]).toEqual([0, 1, 300 % 256]);
        expect([labels[7], labels[19]]).toEqual([7, 9]);
      }
    });
  });
});

describe('Temporal order', () => {
  it('is labelled by its two keys alone', async () => {
    const dataset = bundledDatasets.get('temporal-order');
    const parts = await dataset?.read(nodeFileSystem, noProgress);
    const { values, labels } = parts?.train.table ?? { values: [], labels: [] };
    const sequences = Array.from({ length: 200 }, (_, index) => [...values.slice(index * 20, (index + 1) * 20)]);
    const keys = sequences.map((sequence) => sequence.filter((symbol) => symbol > 5).map((symbol) => dataset?.symbols[symbol]));
    expect(keys.map((pair) => pair.join(', '))).toEqual([...labels.slice(0, 200)].map((label) => dataset?.classes[label]));
  });
});

describe('memory tasks', () => {
  it('are labelled with the sum of the marked numbers, and with the first symbols again', async () => {
    const sums = await bundledDatasets.get('adding-problem')?.read(nodeFileSystem, noProgress);
    const { values = [], labels = [] } = sums?.train.table ?? {};
    for (let sample = 0; sample < 100; sample++) {
      const steps = Array.from({ length: 40 }, (_, step) => [values[sample * 80 + 2 * step] ?? 0, values[sample * 80 + 2 * step + 1] ?? 0]);
      const marked = steps.filter(([, mark]) => mark === 1).map(([number = 0]) => number);
      expect(marked.length).toBe(2);
      expect(labels[sample]).toBe(Math.fround(marked.reduce((sum, number) => Math.fround(sum + number), 0)));
    }
    const copies = await bundledDatasets.get('copy-memory')?.read(nodeFileSystem, noProgress);
    const { values: said = new Int32Array(), labels: wanted = new Int32Array() } = copies?.train.table ?? {};
    for (let from = 0; from < 3000; from += 30) {
      expect([...wanted.subarray(from + 22, from + 30)]).toEqual([...said.subarray(from, from + 8)]);
      expect(said[from + 21]).toBe(9);
    }
  });
});

describe("Newton's Queries", () => {
  it('are labelled with the next character, and training shares no text with the other splits', async () => {
    const dataset = bundledDatasets.get('opticks-queries');
    const parts = await dataset?.read(nodeFileSystem, noProgress);
    const { values, labels } = parts?.train.table ?? { values: new Int32Array(), labels: new Int32Array() };
    for (const sample of [0, 1, (dataset?.counts.train ?? 0) + 3]) {
      const piece = values.subarray(sample * 64, (sample + 1) * 64);
      expect([...labels.subarray(sample * 64, sample * 64 + 63)]).toEqual([...piece.subarray(1)]);
    }
    const textOf = (sample: number) => [...values.subarray(sample * 64, (sample + 1) * 64)].map((code) => dataset?.symbols[code]).join('');
    expect(textOf(0)).toBe('Query 1. Do not Bodies act upon Light at a distance, and by thei');
    const training = new Set(Array.from({ length: dataset?.counts.train ?? 0 }, (_, sample) => textOf(sample)));
    for (const position of parts?.test.positions ?? []) expect(training.has(textOf(position))).toBe(false);
  });
});
