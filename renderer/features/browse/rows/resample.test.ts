import { describe, expect, it } from 'vitest';
import { paint, reduced, reductionFor, type Pixels } from './resample';

/** Grey, opaque. */
const grey = (width: number, values: readonly number[]): Pixels => ({
  width,
  height: values.length / width,
  data: Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255])),
});
const empty = (width: number, height: number): Pixels => ({ width, height, data: new Uint8ClampedArray(width * height * 4) });
const reds = ({ data }: Pixels): number[] => Array.from({ length: data.length / 4 }, (_, pixel) => data[pixel * 4] ?? 0);
const alphas = ({ data }: Pixels): number[] => Array.from({ length: data.length / 4 }, (_, pixel) => data[pixel * 4 + 3] ?? 0);

describe('pictures made smaller by whole numbers', () => {
  it('are means of squares, of what is left of them at the edges', () => {
    const picture = grey(3, [0, 10, 100, 20, 30, 200]);
    expect(reds(reduced(picture, 2))).toEqual([15, 150]);
    expect(reduced(picture, 1)).toBe(picture);
  });

  it('keep as many pixels as they are shown with', () => {
    expect([reductionFor(28, 48), reductionFor(96, 48), reductionFor(224, 64), reductionFor(10, 0)]).toEqual([1, 2, 3, 10]);
  });
});

describe('pictures painted into a row', () => {
  it('are squares where they are larger', () => {
    const row = empty(6, 2);
    paint(row, grey(2, [50, 90]), { x: 1, y: 0, width: 4, height: 2 }, 1);
    expect(reds(row)).toEqual([0, 50, 50, 90, 90, 0, 0, 50, 50, 90, 90, 0]);
  });

  it('are means of neighbours where they are smaller', () => {
    const row = empty(2, 1);
    // Centres of two pixels in three: at 0.25 and 1.75 of the pixels' own centres.
    paint(row, grey(3, [0, 100, 200]), { x: 0, y: 0, width: 2, height: 1 }, 1);
    expect(reds(row)).toEqual([25, 175]);
  });

  it('are cut at the edges, and as opaque as asked', () => {
    const row = empty(2, 2);
    paint(row, grey(2, [10, 20, 30, 40]), { x: -1, y: 1, width: 2, height: 2 }, 0.2);
    expect(reds(row)).toEqual([0, 0, 20, 0]);
    expect(alphas(row)).toEqual([0, 0, 51, 0]);
  });
});
