import { parquetWriteBuffer } from 'hyparquet-writer';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContractResponse } from '../../contract/contract';
import { encodePng } from '../../formats/png.format';
import { nodeFileSystem } from '../../storage/file-system';
import { noProgress } from '../jobs';
import { localPool } from './decode-pool';
import { perform, type ImportTask } from './perform';
import type { OptionsOf } from './splits';

type Options = OptionsOf<'parquet'>;
type Ran = ContractResponse<'imports.run'>;
type Inspection = ContractResponse<'imports.inspect'>;

const count = 40;
const pixels = (row: number): Uint8Array => Uint8Array.from({ length: 48 }, (_, index) => (row * 5 + index * 3) % 256);
const png = (row: number): Uint8Array => encodePng({ width: 4, height: 4, channels: 3, bits: 8, data: pixels(row) });
const features = { label: { _type: 'ClassLabel', names: ['bird', 'airplane', 'cat'] } };

/** As hubs of data sets have images with classes; the bytes of row 7 are no image, row 9 has no class. */
const images = (): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        {
          name: 'img',
          data: Array.from({ length: count }, (_, row) => (row === 7 ? Uint8Array.of(1, 2, 3) : png(row))),
          type: 'BYTE_ARRAY',
        },
        { name: 'label', data: BigInt64Array.from({ length: count }, (_, row) => BigInt(row === 9 ? -1 : row % 3)), type: 'INT64' },
        { name: 'angle', data: Float64Array.from({ length: count }, (_, row) => row / 10), type: 'DOUBLE' },
      ],
      kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features } }) }],
      rowGroupSize: 15,
    }),
  );
const table = (): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'x', data: Float64Array.from({ length: count }, (_, row) => Math.sin(row)), type: 'DOUBLE' },
        { name: 'colour', data: Array.from({ length: count }, (_, row) => ['red', 'blue'][row % 2]), type: 'STRING' },
        { name: 'species', data: Array.from({ length: count }, (_, row) => ['b', 'a'][row % 2]), type: 'STRING' },
      ],
    }),
  );

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hebb-parquet-'));
  writeFileSync(join(folder, 'train-00000.parquet'), images());
  writeFileSync(join(folder, 'rows.parquet'), table());
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = async (task: ImportTask): Promise<unknown> => await perform(nodeFileSystem, task, localPool, noProgress);
const placeOf = (name: string): ImportTask['place'] => ({ from: 'places', paths: [join(folder, name)] });
const inspect = async (name: string): Promise<Inspection & { readonly options: Options }> =>
  (await run({ task: 'inspect', place: placeOf(name), kind: null, options: null })) as Inspection & { readonly options: Options };
const bring = async (name: string, id: string, options: Options): Promise<Ran> =>
  (await run({ task: 'run', place: placeOf(name), options, folder: join(folder, id), id, name: id })) as Ran;

/** The names of the samples, their values and their labels, as they lie on disk. */
function readSet(id: string): { readonly names: string[]; readonly samples: Buffer; readonly labels: Buffer } {
  interface Manifest {
    readonly samples: { readonly file: string }[];
    readonly labels: { readonly file: string }[];
    readonly names: { readonly file: string };
  }
  const manifest = JSON.parse(readFileSync(join(folder, id, 'manifest.json'), 'utf8')) as Manifest;
  const whole = (shards: { readonly file: string }[]): Buffer =>
    Buffer.concat(shards.map(({ file }) => readFileSync(join(folder, id, file))));
  const names = readFileSync(join(folder, id, manifest.names.file), 'utf8')
    .trim()
    .split('\n');
  return { names: names.map((name) => JSON.parse(name) as string), samples: whole(manifest.samples), labels: whole(manifest.labels) };
}

describe('images in the rows of Parquet', () => {
  it('are proposed with their classes, and read with names and reasons', async () => {
    const { kinds, options, preview } = await inspect('train-00000.parquet');
    expect(kinds[0]).toBe('parquet');
    expect(options.picture).toEqual({ width: 4, height: 4, fit: 'cover', colour: 'colour' });
    expect(options.columns.map(({ name, use }) => [name, use])).toEqual([
      ['img', 'input'],
      ['label', 'target'],
      ['angle', 'ignore'],
    ]);
    expect(preview.sampleShape).toEqual([3, 4, 4]);
    expect(preview.samples[1]?.label).toBe('airplane');

    const { dataset, report } = await bring('train-00000.parquet', 'images', options);
    expect(dataset).toMatchObject({ sampleShape: [3, 4, 4], classes: ['bird', 'airplane', 'cat'] });
    expect(report).toMatchObject({ read: count - 2, skipped: 2 });
    expect(report.problems.map(({ file, line }) => [file, line]).sort()).toEqual([
      ['train-00000.parquet', 10],
      ['train-00000.parquet', 8],
    ]);
    const { names, samples, labels } = readSet('images');
    expect(names.length).toBe(count - 2);
    names.forEach((name, index) => {
      const row = Number(name.slice(name.lastIndexOf(':') + 1)) - 1;
      expect(labels.readInt32LE(4 * index), name).toBe(row % 3);
      // Channel by channel, where the picture has pixel by pixel.
      const expected = Uint8Array.from({ length: 48 }, (_, at) => pixels(row)[(at % 16) * 3 + Math.floor(at / 16)]!);
      expect(samples.subarray(48 * index, 48 * (index + 1)), name).toEqual(Buffer.from(expected));
    });
  });

  it('may have numbers beside them to be told', async () => {
    const { options } = await inspect('train-00000.parquet');
    const columns = options.columns.map((column) => ({
      ...column,
      use: ({ img: 'input', angle: 'target' } as const)[column.name] ?? ('ignore' as const),
    }));
    const { dataset } = await bring('train-00000.parquet', 'angles', { ...options, columns, task: 'regression' });
    expect(dataset).toMatchObject({ classes: [], targetNames: ['angle'], labelShape: [1] });
    const { names, labels } = readSet('angles');
    names.forEach((name, index) => {
      expect(labels.readFloatLE(4 * index)).toBe(Math.fround((Number(name.slice(name.lastIndexOf(':') + 1)) - 1) / 10));
    });
  });

  it('are refused beside other inputs', async () => {
    const { options } = await inspect('train-00000.parquet');
    const columns = options.columns.map((column) => (column.name === 'angle' ? { ...column, use: 'input' as const } : column));
    await expect(bring('train-00000.parquet', 'both', { ...options, columns })).rejects.toMatchObject({ code: 'import.image-alone' });
  });
});

it('rows of Parquet without images are a table like any other', async () => {
  const { options, preview } = await inspect('rows.parquet');
  expect(preview.rows?.rows[1]).toEqual([String(Math.sin(1)), 'blue', 'a']);
  expect(options).toMatchObject({ kind: 'parquet', task: 'classification' });
  const { dataset, report } = await bring('rows.parquet', 'rows', options);
  expect(report).toMatchObject({ read: count, skipped: 0 });
  expect([...dataset.classes].sort()).toEqual(['a', 'b']);
});
