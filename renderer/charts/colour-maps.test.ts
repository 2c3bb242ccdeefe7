import { describe, expect, it } from 'vitest';
import {
  colourIndex,
  colourOf,
  divergingDark,
  divergingLight,
  grey,
  sequential,
  spanAroundZero,
  spanOf,
  toOklab,
  type ColourTable,
} from './colour-maps';

const lightness = (table: ColourTable): number[] =>
  Array.from({ length: 256 }, (_, index) => toOklab(table[index * 3] ?? 0, table[index * 3 + 1] ?? 0, table[index * 3 + 2] ?? 0)[0]);

describe('colour maps', () => {
  it('sequential grows lighter with every step', () => {
    const steps = lightness(sequential);
    // Rounding to bytes moves lightness by at most half a byte of one channel, about 0.002.
    for (let index = 1; index < 256; index++) expect(steps[index]).toBeGreaterThan((steps[index - 1] ?? 0) - 0.002);
    expect((steps[255] ?? 0) - (steps[0] ?? 0)).toBeGreaterThan(0.5);
  });

  it('sequential ends in the colours of viridis', () => {
    expect([...sequential.slice(0, 3)]).toEqual([0x44, 0x01, 0x54]);
    expect([...sequential.slice(-3)]).toEqual([0xfd, 0xe7, 0x25]);
  });

  it.each([
    ['light', divergingLight, 1],
    ['dark', divergingDark, -1],
  ] as const)('diverging on a %s surface has its extreme of lightness at zero and is as strong on both sides', (_, table, sign) => {
    const steps = lightness(table);
    const middle = (steps[127] ?? 0) * sign;
    expect(middle).toBeGreaterThan((steps[0] ?? 0) * sign + 0.3);
    expect(middle).toBeGreaterThan((steps[255] ?? 0) * sign + 0.3);
    for (let index = 0; index < 128; index++) expect(Math.abs((steps[index] ?? 0) - (steps[255 - index] ?? 0))).toBeLessThan(0.12);
  });

  it('grey shows 0 as black and 1 as white', () => {
    expect(colourOf(0, { minimum: 0, maximum: 1 }, grey)).toBe('rgb(0 0 0)');
    expect(colourOf(1, { minimum: 0, maximum: 1 }, grey)).toBe('rgb(255 255 255)');
  });
});

describe('spans', () => {
  it('ignores what is not a number', () => {
    expect(spanOf([NaN, 2, -1])).toEqual({ minimum: -1, maximum: 2 });
    expect(spanOf([])).toEqual({ minimum: 0, maximum: 0 });
  });
  it('puts zero in the middle', () => {
    expect(spanAroundZero([-3, 1])).toEqual({ minimum: -3, maximum: 3 });
    expect(colourIndex(0, spanAroundZero([-3, 1]))).toBe(128);
  });
  it('clamps outside and takes the middle of a span of no width', () => {
    expect(colourIndex(-9, { minimum: 0, maximum: 1 })).toBe(0);
    expect(colourIndex(9, { minimum: 0, maximum: 1 })).toBe(255);
    expect(colourIndex(5, { minimum: 5, maximum: 5 })).toBe(128);
  });
});
