import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePng, encodePng } from '../png.format';
import { foreignImages, readWithPillow } from '../testing/foreign-images';
import { usualImageLimits, type DecodedImage } from './decoded-image';
import { decodeImage, hasImageName, imageFormats } from './images';
import { prepareImage, toChannels, toEightBits, type Preparation } from './prepare';
import { resize } from './resize';

const { images, resized, greys } = foreignImages();

async function decoded(bytes: Uint8Array): Promise<DecodedImage> {
  const outcome = await decodeImage(bytes, usualImageLimits);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problem));
  return outcome.value;
}
const fileOf = (name: string): Buffer => images.find((image) => image.name === name)!.file;

const largestDifference = (mine: ArrayLike<number>, theirs: ArrayLike<number>): number => {
  let largest = mine.length === theirs.length ? 0 : Infinity;
  for (let index = 0; index < mine.length; index++) largest = Math.max(largest, Math.abs(mine[index]! - theirs[index]!));
  return largest;
};

describe('images written by Pillow', () => {
  for (const { name: format } of imageFormats) {
    it(`are read: ${format}`, async () => {
      const ofFormat = images.filter(({ name }) => name.startsWith(`${format}/`));
      expect(ofFormat.length).toBeGreaterThanOrEqual(10);
      for (const { name, file, width, height, channels, bits, pixels, tolerance } of ofFormat) {
        const image = await decoded(file);
        expect([name, image.width, image.height, image.channels, image.bits]).toEqual([name, width, height, channels, bits]);
        const theirs = bits === 16 ? new Uint16Array(pixels.buffer, pixels.byteOffset, pixels.length / 2) : pixels;
        expect(largestDifference(image.data, theirs), name).toBeLessThanOrEqual(tolerance);
        expect(imageFormats.filter(({ probe }) => probe(file)).map((found) => found.name)).toEqual([format]);
      }
    });
  }

  it('are known by what they begin with, not by their name', async () => {
    expect(await decodeImage(Buffer.from('label,pixel0\n'), usualImageLimits)).toMatchObject({
      ok: false,
      problem: { code: 'image.unknown' },
    });
    expect(['a.PNG', 'b.jpeg', 'c.csv', 'd'].map(hasImageName)).toEqual([true, true, false, false]);
  });

  it('are refused where they are too large, before memory is asked for', async () => {
    for (const { name, file, width, height } of images) {
      const few = await decodeImage(file, { ...usualImageLimits, pixels: width * height - 1 });
      const short = await decodeImage(file, { ...usualImageLimits, bytes: file.length - 1 });
      expect([name, few.ok || few.problem.code, short.ok || short.problem.code]).toEqual([name, 'image.too-large', 'image.file-too-large']);
    }
  });
});

describe('PNG that is written', () => {
  it('is read by Pillow and by us as it was, in every kind', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hebb-png-'));
    try {
      const kinds = ([1, 3, 4] as const).flatMap((channels) => ([8, 16] as const).map((bits) => ({ channels, bits })));
      const made = kinds.map(({ channels, bits }): DecodedImage => {
        const size = { width: 5, height: 3, channels };
        const values = Array.from({ length: 15 * channels }, (_, index) => (index * 7919) % (bits === 8 ? 256 : 65_536));
        return bits === 8 ? { ...size, bits, data: Uint8Array.from(values) } : { ...size, bits, data: Uint16Array.from(values) };
      });
      const paths = made.map((image) => {
        const path = join(folder, `${image.channels}-${image.bits}.png`);
        writeFileSync(path, encodePng(image));
        return path;
      });
      for (const image of made) expect(decodePng(encodePng(image), usualImageLimits)).toEqual({ ok: true, value: image });
      const read = readWithPillow(paths);
      made.forEach((image, index) => {
        const theirs = read[paths[index]!]!;
        expect(theirs.shape).toEqual(image.channels === 1 ? [3, 5] : [3, 5, image.channels]);
        // Pillow takes the upper 8 of 16 bits where there are colours.
        const mine = Array.from(image.data, (value) => (image.bits > theirs.bits ? value >> 8 : value));
        expect(theirs.pixels).toEqual(mine);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const background = [200, 30, 90] as const;

/** Pixel by pixel from channel by channel. */
const interleaved = (planes: Uint8Array, channels: number): number[] =>
  Array.from(
    { length: planes.length },
    (_, index) => planes[(index % channels) * (planes.length / channels) + Math.floor(index / channels)]!,
  );

describe('images in other sizes', () => {
  it('are as Pillow makes them, but for its rounding between the axes', async () => {
    expect(resized.length).toBeGreaterThan(60);
    for (const { source, width, height, resampling, fit, pixels } of resized) {
      const channels = pixels.length === width * height ? 1 : 3;
      const preparation: Preparation = { width, height, channels, fit, resampling, background };
      const mine = interleaved(prepareImage(await decoded(fileOf(source)), preparation), channels);
      // Pillow rounds to 8 bits after the first axis and composes opacity in whole numbers: one step each.
      const tolerance = resampling === 'nearest' ? (source === 'png/rgba' ? 1 : 0) : source === 'png/rgba' ? 2 : 1;
      expect(largestDifference(mine, pixels), `${source} ${width}×${height} ${resampling} ${fit}`).toBeLessThanOrEqual(tolerance);
    }
  });

  it('become grey as Pillow makes them', async () => {
    for (const [name, theirs] of Object.entries(greys)) {
      const grey = toChannels(toEightBits(await decoded(fileOf(name))), 1);
      expect(Array.from(grey.data)).toEqual(theirs);
    }
  });

  it('keep a constant, whatever the size', () => {
    for (const bits of [8, 16] as const) {
      const largest = 2 ** bits - 1;
      const size = { width: 9, height: 6, channels: 3 } as const;
      const image: DecodedImage =
        bits === 8
          ? { ...size, bits, data: new Uint8Array(162).fill(largest) }
          : { ...size, bits, data: new Uint16Array(162).fill(largest) };
      for (const method of ['nearest', 'bilinear', 'area'] as const) {
        for (const [width, height] of [
          [3, 2],
          [4, 5],
          [20, 31],
          [1, 1],
        ] as const) {
          const { data } = resize(image, width, height, method, { left: 0.3, top: 0.9, width: 7.7, height: 4.1 });
          expect(data.length).toBe(width * height * 3);
          expect(data.every((value) => value === largest)).toBe(true);
        }
      }
    }
  });

  it('are averages over what a pixel covers, also where it covers parts', () => {
    const image: DecodedImage = { width: 3, height: 1, channels: 1, bits: 8, data: Uint8Array.from([30, 60, 90]) };
    // Two pixels of 1.5 each: (30 + 60 / 2) / 1.5 and (60 / 2 + 90) / 1.5.
    expect(Array.from(resize(image, 2, 1, 'area').data)).toEqual([40, 80]);
  });

  it('have 16 bits rounded to 8, and opacity composed', () => {
    const deep: DecodedImage = { width: 3, height: 1, channels: 1, bits: 16, data: Uint16Array.from([0, 128 * 257 + 128, 65_535]) };
    expect(Array.from(toEightBits(deep).data)).toEqual([0, 128, 255]);
    const clear: DecodedImage = {
      width: 3,
      height: 1,
      channels: 4,
      bits: 8,
      data: Uint8Array.from([9, 9, 9, 0, 9, 9, 9, 255, 100, 0, 200, 51]),
    };
    const preparation: Preparation = {
      width: 3,
      height: 1,
      channels: 3,
      fit: 'stretch',
      resampling: 'bilinear',
      background: [10, 20, 250],
    };
    // Channel by channel; the last pixel is a fifth itself.
    expect(Array.from(prepareImage(clear, preparation))).toEqual([10, 9, 28, 20, 9, 16, 250, 9, 240]);
  });
});
