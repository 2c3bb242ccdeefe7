/** What `hebb import` says of tables, archives and sound, and of what it cannot read. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../formats/png.format';
import { createWorkplace, type Workplace } from './testing/command';

let place: Workplace;
beforeAll(() => {
  place = createWorkplace();
});
afterAll(() => {
  place.remove();
});

const picture = (row: number): Uint8Array =>
  encodePng({ width: 4, height: 4, channels: 1, bits: 8, data: Uint8Array.from({ length: 16 }, (_, at) => (row * 7 + at * 3) % 256) });
const put = (name: string, bytes: string | Uint8Array): void => {
  writeFileSync(place.path(name), bytes);
};
const imported = async (...words: string[]) =>
  await place.hebb('import', ...words.map((word) => (word.startsWith('-') ? word : place.path(word))));
const rows = (length: number, of: (row: number) => unknown) => Array.from({ length }, (_, row) => of(row));

describe('a Parquet file', () => {
  it('is told by its columns', async () => {
    const columnData = [
      { name: 'area', data: rows(60, (row) => row + 0.5), type: 'DOUBLE' as const },
      { name: 'notes', data: rows(60, (row) => `a note of its own, number ${String(row)}`), type: 'STRING' as const },
      { name: 'price', data: rows(60, (row) => row * 3.25 + 0.125), type: 'DOUBLE' as const },
    ];
    put('houses.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    const { code, output } = await imported('houses.parquet');
    expect(code).toBe(0);
    expect(output).toContain('60 samples of 1, price; 0 left out\n  inputs: area; target: price; not used: notes\n');
  });

  it('names the row of an image that is none', async () => {
    const columnData = [
      { name: 'image', data: rows(20, (row) => (row === 3 ? Uint8Array.of(1, 2, 3) : picture(row))), type: 'BYTE_ARRAY' as const },
      { name: 'label', data: rows(20, (row) => ['a', 'b'][row % 2]), type: 'STRING' as const },
    ];
    put('images.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    const { errors, output } = await imported('images.parquet');
    expect(errors).toContain('images.parquet:4: “images.parquet:4” is none of the images that are read');
    expect(output).toContain('19 samples of 1×4×4, 2 classes; 1 left out\n  inputs: image; target: label\n');
  });
});

describe('an archive', () => {
  it('is named where it is none, and where something in it wants to leave it', async () => {
    const good = Object.fromEntries(
      rows(20, (row) => [`${['a', 'b'][row % 2]!}/${String(row)}.png`, picture(row)]) as [string, Uint8Array][],
    );
    const whole = zipSync({ ...good, '../../evil.png': picture(1) });
    put('pictures.zip', whole);
    const { errors, output } = await imported('pictures.zip');
    expect(errors).toContain('“../../evil.png” in “pictures.zip” wants to leave its folder.');
    expect(output).toContain('20 samples of 1×4×4, 2 classes; 1 left out');
    put('cut.zip', whole.subarray(0, whole.length - 30));
    expect((await imported('cut.zip')).errors).toContain('“cut.zip” is no ZIP archive, or its end is missing');
  });

  it('in an archive is told of', async () => {
    put('outer.zip', zipSync({ 'inner.zip': zipSync({ 'a/1.png': picture(1) }), 'b/2.png': picture(2) }));
    expect((await imported('outer.zip')).errors).toContain('“inner.zip” is an archive in an archive, which is not opened.');
  });
});

it('of what holds nothing the reason is told', async () => {
  mkdirSync(place.path('sounds'));
  put('sounds/1.wav', 'no sound');
  put('sounds/2.wav', 'no sound either');
  expect(await imported('sounds')).toMatchObject({
    code: 1,
    errors: expect.stringContaining('Nothing in “sounds” could be read; left out: 2. The first: “1.wav” is not a WAV file') as string,
  });
  mkdirSync(place.path('alike'));
  for (let row = 0; row < 12; row++) put(`alike/${String(row)}.png`, picture(row));
  const { errors, output } = await imported('alike');
  expect(errors).toContain('All samples are of one class, “alike”');
  expect(output).toContain('12 samples of 1×4×4, 1 class; 0 left out');
});
