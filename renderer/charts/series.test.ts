import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeries, downsample, histogram, roundHistogram, smooth, summarise } from './series';

describe('a series', () => {
  it('grows past its capacity and forgets from a limit on', () => {
    const series = createSeries(2);
    for (let index = 0; index < 9; index++) series.push(index, index * 10);
    expect([...series.xs()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    series.truncate(3);
    expect([...series.ys()]).toEqual([0, 10, 20]);
  });
});

describe('downsampling', () => {
  it('keeps short series whole', () => {
    expect(downsample([0, 1, 2], [5, 6, 7], 100)).toEqual([
      [0, 5],
      [1, 6],
      [2, 7],
    ]);
  });

  it('keeps the ends, the peaks, the order and the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 500 }),
        fc.integer({ min: 8, max: 120 }),
        (ys, limit) => {
          const xs = ys.map((_, index) => index);
          const points = downsample(xs, ys, limit);
          expect(points.length).toBeLessThanOrEqual(Math.max(limit, 4));
          expect(points[0]?.[0]).toBe(0);
          expect(points.at(-1)?.[0]).toBe(ys.length - 1);
          expect(Math.max(...points.map(([, y]) => y))).toBe(Math.max(...ys));
          expect(Math.min(...points.map(([, y]) => y))).toBe(Math.min(...ys));
          for (let index = 1; index < points.length; index++) expect(points[index]?.[0] ?? 0).toBeGreaterThan(points[index - 1]?.[0] ?? 0);
        },
      ),
    );
  });

  it('leaves out what is not finite', () => {
    expect(downsample([0, 1, 2], [1, NaN, Infinity], 10)).toEqual([[0, 1]]);
  });
});

describe('smoothing', () => {
  it('is the series itself at weight 0 and unbiased on a constant', () => {
    expect([...smooth([3, 1, 2], 0)]).toEqual([3, 1, 2]);
    for (const value of smooth([4, 4, 4, 4], 0.95)) expect(value).toBeCloseTo(4, 12);
  });
  it('goes on past a value that is not finite', () => {
    expect([...smooth([2, NaN, 2], 0.5)]).toEqual([2, 2, 2]);
  });
});

describe('histogram', () => {
  it('counts every finite value once', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }), { minLength: 1 }), (values) => {
        const { counts, edges } = histogram(values, 12);
        expect(counts.reduce((sum, item) => sum + item, 0)).toBe(values.length);
        expect(edges.length).toBe(counts.length + 1);
      }),
    );
  });
  it('puts a constant into one bin', () => {
    expect(histogram([0, 0, 0], 5).counts.filter((item) => item > 0)).toEqual([3]);
  });
});

describe('histogram with round middles', () => {
  it('has bins around multiples of a round step, zero among them', () => {
    const { edges, counts } = roundHistogram([-14_808, -2381, 0, 400, 499, 5903, 10_045], 25);
    expect([edges[0], edges[1], edges.at(-1)]).toEqual([-15_500, -14_500, 10_500]);
    expect(counts).toHaveLength(26);
    // Of −500 … 500.
    expect(counts[15]).toBe(3);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(7);
  });

  it('counts every finite value once, in no more bins than asked for and one', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const { counts, edges } = roundHistogram([...values, NaN], 20);
        expect(counts.reduce((sum, item) => sum + item, 0)).toBe(values.length);
        expect(edges.length).toBe(counts.length + 1);
        expect(counts.length).toBeLessThanOrEqual(22);
      }),
    );
  });
});

describe('summary', () => {
  it('says mean, deviation, zeros and what is not finite', () => {
    const result = summarise([2, 4, 4, 4, 5, 5, 7, 9, NaN]);
    expect(result).toMatchObject({ count: 9, minimum: 2, maximum: 9, zeros: 0, notFinite: 1 });
    expect(result.mean).toBeCloseTo(5, 12);
    expect(result.deviation).toBeCloseTo(2, 12);
  });
});
