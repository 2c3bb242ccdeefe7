import { describe, expect, it } from 'vitest';
import { foreignImages } from '../testing/foreign-images';
import { malformedBmp } from '../testing/malformed/malformed-bmp';
import { malformedGif } from '../testing/malformed/malformed-gif';
import { malformedJpeg } from '../testing/malformed/malformed-jpeg';
import { malformedPng } from '../testing/malformed/malformed-png';
import { malformedTiff } from '../testing/malformed/malformed-tiff';
import { malformedWebp } from '../testing/malformed/malformed-webp';
import { usualImageLimits } from './decoded-image';
import { imageFormats } from './images';

const { images } = foreignImages();
const fileOf = (name: string): Buffer => images.find((image) => image.name === name)!.file;

const tables = {
  png: malformedPng(),
  jpeg: malformedJpeg(fileOf),
  webp: malformedWebp(fileOf),
  bmp: malformedBmp(fileOf),
  gif: malformedGif(),
  tiff: malformedTiff(fileOf),
} as const;

describe.each(Object.entries(tables))('%s', (format, cases) => {
  const { decode } = imageFormats.find(({ name }) => name === format)!;

  it('refuses each malformed file for what is wrong with it, and says where', async () => {
    expect(cases.length).toBeGreaterThanOrEqual(30);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    const answers = [];
    for (const { name, bytes } of cases) {
      const outcome = await decode(bytes, usualImageLimits);
      answers.push([name, outcome.ok ? 'read' : outcome.problem.code]);
      if (!outcome.ok) expect(outcome.problem.values['offset'], name).toBeTypeOf('number');
      if (!outcome.ok) expect(outcome.problem.values['offset'], name).toBeLessThanOrEqual(bytes.length);
    }
    expect(answers).toEqual(cases.map(({ name, code }) => [name, code]));
  });
});
