import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../storage/file-system';
import { CallError, importFiles } from './testing/home';
import { idx, imagePair, images, labels } from './testing/idx';
import { startedForEach } from './testing/started';

const at = startedForEach();

describe('data sets', () => {
  it('imported hold every sample once, with its label', async () => {
    const { dataset: summary } = await importFiles(at.caller, imagePair);
    expect(summary).toMatchObject({
      name: 'Mine',
      // Ten per cent of each class: of 17, 17 and 16.
      counts: { train: 38, validation: 6, test: 6, excluded: 0 },
      sampleShape: [1, 2, 2],
      sampleType: 'u8',
      classes: ['0', '1', '2'],
      bundled: false,
    });
    const dataset = await at.caller.call('datasets.open', { id: summary.id });
    const bytesOf = async (url = ''): Promise<Uint8Array> => Uint8Array.from((await at.caller.get(url)) ?? []);
    const samples = await bytesOf(dataset.sampleShards[0]?.url);
    const labelsRead = new Int32Array((await bytesOf(dataset.labelShards[0]?.url)).buffer);
    const splits = await bytesOf(dataset.splitUrl);
    expect([samples.length, labelsRead.length, splits.length, dataset.count]).toEqual([200, 50, 50, 50]);
    expect(dataset.sampleShards.map(({ bytes }) => bytes)).toEqual([200]);
    // In the order of the file.
    const numbers = Array.from({ length: 50 }, (_, index) => samples[index * 4]);
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect([...labelsRead]).toEqual(numbers.map((number = 0) => number % 3));
    expect([0, 1, 2, 3].map((code) => splits.filter((split) => split === code).length)).toEqual([38, 6, 6, 0]);
  });

  it('that cannot be imported leave nothing and say which file', async () => {
    const before = await at.caller.call('datasets.list', null);
    const fails = async (first: Buffer, second: Buffer): Promise<unknown> => {
      const files = [['images', first] as const, ['labels', second] as const];
      return await importFiles(at.caller, files).then(
        () => null,
        (error: unknown) => (error instanceof CallError ? error.error : error),
      );
    };
    expect(await fails(images.subarray(0, 100), labels)).toMatchObject({ code: 'idx.truncated', values: { file: 'images', offset: 100 } });
    expect(await fails(images, Buffer.from('nonsense'))).toMatchObject({ code: 'idx.magic', values: { file: 'labels' } });
    const fewer = idx([49], () => 0);
    expect(await fails(images, fewer)).toMatchObject({ code: 'idx.counts' });
    expect(await at.caller.call('datasets.list', null)).toEqual(before);
  });

  it('can be cancelled while they are imported', async () => {
    const before = await at.caller.call('datasets.list', null);
    const files = [['images', idx([60_000, 28, 28], (index) => index)] as const, ['labels', idx([60_000], () => 0)] as const];
    const refused = importFiles(at.caller, files, { job: 'long' }).then(
      () => null,
      (error: unknown) => (error instanceof CallError ? error.error.code : error),
    );
    await expect.poll(() => at.caller.call('jobs.read', { job: 'long' }), { interval: 1 }).not.toBeNull();
    await at.caller.call('jobs.cancel', { job: 'long' });
    expect(await refused).toBe('job.cancelled');
    expect(await at.caller.call('datasets.list', null)).toEqual(before);
    expect(await readdir(join(at.home.places.data, 'datasets'))).toEqual([]);
  });

  it('that were damaged are refused when they are opened first', async () => {
    const { id } = (await importFiles(at.caller, imagePair)).dataset;
    const path = join(at.home.places.data, 'datasets', id, 'samples-0.u8');
    const bytes = await readFile(path);
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect(await at.caller.refused('datasets.open', { id })).toMatchObject({
      code: 'dataset.damaged',
      values: { file: 'samples-0.u8' },
    });
  });

  it('MNIST is converted once, whole, and mended when its cache is damaged', async () => {
    const { labelShards, splitUrl, counts } = await at.caller.call('datasets.open', { id: 'mnist' });
    expect(counts).toEqual({ train: 54_000, validation: 6000, test: 10_000, excluded: 0 });
    const shard = join(at.home.places.cache, 'datasets', 'mnist', 'samples-0.u8');
    const modified = (await nodeFileSystem.status(shard)).modified;
    // Class counts of the 60,000 training and 10,000 test images, as counted with numpy from the original files.
    const labelsRead = new Int32Array(Uint8Array.from((await at.caller.get(labelShards[0]?.url ?? '')) ?? []).buffer);
    const splits = (await at.caller.get(splitUrl)) ?? [];
    const tally = new Array<number>(10).fill(0);
    labelsRead.forEach((label, index) => {
      if (splits[index] !== 2) tally[label] = (tally[label] ?? 0) + 1;
    });
    expect(tally).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    await at.caller.services.close();
    at.caller = await at.home.start();
    await at.caller.call('datasets.open', { id: 'mnist' });
    expect((await nodeFileSystem.status(shard)).modified).toBe(modified);
    await writeFile(shard, 'damaged');
    await at.caller.services.close();
    at.caller = await at.home.start();
    await at.caller.call('datasets.open', { id: 'mnist' });
    expect((await nodeFileSystem.status(shard)).size).toBe(70_000 * 784);
  });
});
