import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startedForEach } from './testing/started';

const at = startedForEach();

/** As version 1 wrote it: the samples of each split in files of their own. Sample i is (i, i + 100), of class i mod 2. */
async function writeFormer(folder: string, spoil = false): Promise<void> {
  await mkdir(folder, { recursive: true });
  const shard = async (file: string, bytes: Uint8Array) => {
    await writeFile(join(folder, file), spoil && file.startsWith('test-samples') ? bytes.map((byte) => byte ^ 1) : bytes);
    return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const split = async (name: string, members: readonly number[]) => ({
    count: members.length,
    samples: [await shard(`${name}-samples-0.u8`, Uint8Array.from(members.flatMap((member) => [member, member + 100])))],
    labels: [await shard(`${name}-labels-0.i32`, new Uint8Array(Int32Array.from(members, (member) => member % 2).buffer))],
    positions: [await shard(`${name}-positions-0.i32`, new Uint8Array(Int32Array.from(members).buffer))],
  });
  const manifest = {
    ...{ format: 'hebb-dataset', version: 1, id: 'old-00000000', name: 'Old', source: 'a, b', licence: 'unknown' },
    ...{ sampleShape: [2], sampleType: 'u8', classes: ['even', 'odd'] },
    splits: { train: await split('train', [0, 3, 4, 6]), validation: await split('validation', [5, 1]), test: await split('test', [2]) },
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

describe('a data set of version 1', () => {
  const folder = () => join(at.home.places.data, 'datasets', 'old-00000000');
  const open = async () => {
    const { sampleShards, labelShards, splitUrl, counts, classes } = await at.caller.call('datasets.open', { id: 'old-00000000' });
    const get = async (url = '') => Uint8Array.from((await at.caller.get(url)) ?? []);
    const samples = [...(await get(sampleShards[0]?.url))].filter((_, index) => index % 2 === 0);
    const labels = [...new Int32Array((await get(labelShards[0]?.url)).buffer)];
    return { samples, labels, splits: [...(await get(splitUrl))], counts, classes };
  };
  const expected = {
    samples: [0, 3, 4, 6, 5, 1, 2],
    labels: [0, 1, 0, 0, 1, 1, 0],
    splits: [0, 0, 0, 0, 1, 1, 2],
    counts: { train: 4, validation: 2, test: 1, excluded: 0 },
    classes: ['even', 'odd'],
  };

  it('is listed as it is, and made anew when it is opened', async () => {
    await writeFormer(folder());
    const listed = (await at.caller.call('datasets.list', null)).find(({ id }) => id === 'old-00000000');
    expect(listed).toMatchObject({ name: 'Old', counts: expected.counts, sampleShape: [2] });
    expect(await readdir(folder())).toContain('train-samples-0.u8');
    expect(await open()).toEqual(expected);
    expect(await readdir(join(at.home.places.data, 'datasets'))).toEqual(['old-00000000']);
    expect(await readdir(folder())).not.toContain('train-samples-0.u8');
  });

  it('that is damaged stays as it is', async () => {
    await writeFormer(folder(), true);
    expect(await at.caller.refused('datasets.open', { id: 'old-00000000' })).toMatchObject({
      code: 'dataset.damaged',
      values: { file: 'test-samples-0.u8' },
    });
    expect(await readdir(folder())).toContain('train-samples-0.u8');
    expect(await readdir(join(at.home.places.data, 'datasets'))).toEqual(['old-00000000']);
  });

  it('is found again where its migration was ended between two renames', async () => {
    await writeFormer(folder());
    await rename(folder(), `${folder()}.version-1`);
    await writeFormer(`${folder()}.version-2`);
    expect((await at.caller.call('datasets.list', null)).map(({ id }) => id)).toContain('old-00000000');
    expect(await open()).toEqual(expected);
    expect(await readdir(join(at.home.places.data, 'datasets'))).toEqual(['old-00000000']);
  });
});
