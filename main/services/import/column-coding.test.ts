/** What columns say of their training rows, taken in pieces, beside plain sums over all of them; and the numbers that samples get. */
import { describe, expect, it } from 'vitest';
import { splitCodes } from '../../../compute/graph/sample-splits';
import { draw } from '../../../compute/testing/draw';
import { classCoding, createGatherer, createRawColumn, inputCoding, type ColumnChoice } from './column-coding';

const rows = 3001;
const stride = 3;
const splits = Uint8Array.from({ length: rows }, (_, row) => row % 4);
const isTraining = (row: number): boolean => splits[row] === splitCodes.train;

/** Numbers far from 0 beside their differences, some of them missing; a category of four; an unused number. */
const drawn = draw('column', [rows], [-1, 1]);
const numberAt = (row: number): number => (row % 10 === 3 ? NaN : 1e6 + (drawn[row] ?? 0));
const categoryAt = (row: number): number => (row % 7 === 5 ? NaN : row % 3 === 0 ? 2 : row % 4);
const table = Float64Array.from({ length: rows * stride }, (_, place) => {
  const row = Math.floor(place / stride);
  return [7, numberAt(row), categoryAt(row)][place % stride] ?? 0;
});
const choice = (more: Partial<ColumnChoice>): ColumnChoice => ({ name: 'it', kind: 'numeric', use: 'input', missing: 'mean', ...more });

function gathered(column: ColumnChoice, at: number) {
  const gatherer = createGatherer(column, 1);
  // In pieces of very different sizes, one of them without a training row.
  for (const [from, to] of [
    [0, 1],
    [1, 3],
    [3, 2000],
    [2000, rows],
  ] as const)
    gatherer.take({ rows: table.subarray(from * stride, to * stride), at, stride }, splits.subarray(from, to));
  return gatherer.result();
}

/** Of what is there in the training rows. */
const present = (of: (row: number) => number): number[] =>
  Array.from({ length: rows }, (_, row) => row)
    .filter((row) => isTraining(row) && !Number.isNaN(of(row)))
    .map(of);
const numbers = present(numberAt);
const mean = numbers.reduce((sum, value) => sum + (value - 1e6), 0) / numbers.length + 1e6;
const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length);
const sorted = [...numbers].sort((a, b) => a - b);
const median = ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) / 2;

describe('the training rows of a column', () => {
  it('of numbers', () => {
    const told = gathered(choice({ missing: 'median' }), 1);
    expect(told).toMatchObject({ count: numbers.length, minimum: Math.min(...numbers), maximum: Math.max(...numbers), median });
    // Numbers around a million in float64 are exact to 1e-10.
    expect(told.mean).toBeCloseTo(mean, 8);
    expect(told.deviation).toBeCloseTo(deviation, 8);
  });

  it('of numbers whose sum has no number', () => {
    const gatherer = createGatherer(choice({}), 1);
    gatherer.take({ rows: Float64Array.of(1.5e308, 1.5e308, 1.5e308), at: 0, stride: 1 }, new Uint8Array(3));
    expect(gatherer.result().mean / 1.5e308).toBeCloseTo(1, 12);
  });

  it('of categories', () => {
    const counts = [0, 1, 2, 3].map((category) => present(categoryAt).filter((value) => value === category).length);
    const told = gathered(choice({ kind: 'categorical', missing: 'mean' }), 2);
    expect(told).toMatchObject({ count: counts.reduce((sum, each) => sum + each, 0), mode: counts.indexOf(Math.max(...counts)) });
  });
});

/** Samples of `size` numbers, with the column from place `to` on. */
function written(coding: ReturnType<typeof inputCoding>, at: number, to: number, size: number): Float32Array[] {
  const target = new Float32Array(rows * size);
  coding.write({ rows: table, at, stride }, target, to, size);
  return Array.from({ length: rows }, (_, row) => target.subarray(row * size, (row + 1) * size));
}

describe('what is written into samples', () => {
  it.each([
    ['median', median],
    ['mean', mean],
    ['zero', 0],
  ] as const)('is a standardised number, where it is missing the %s', (missing, filled) => {
    const column = choice({ missing });
    const coding = inputCoding(createRawColumn(column), gathered(column, 1), true, true);
    for (const [row, sample] of written(coding, 1, 1, 2).entries()) {
      const value = Number.isNaN(numberAt(row)) ? filled : numberAt(row);
      const expected = (value - mean) / deviation;
      expect(sample[0]).toBe(0);
      // Rounded to float32.
      expect(Math.abs((sample[1] ?? NaN) - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
    }
  });

  it.each(['category', 'mean', 'zero'] as const)('is a category as one of several numbers, and what is missing by %s', (missing) => {
    const column = choice({ kind: 'categorical', missing });
    const raw = createRawColumn(column);
    // Met in this order; their places go by their names.
    raw.take({ kind: 'categorical', values: new Int32Array(), categories: ['d', 'b', 'c', 'a'] }, new Float64Array(), 0, 1);
    const of = gathered(column, 2);
    const coding = inputCoding(raw, of, true, true);
    expect(coding.width).toBe(missing === 'category' ? 5 : 4);
    const place = [3, 1, 2, 0];
    for (const [row, sample] of written(coding, 2, 0, coding.width).entries()) {
      const value = categoryAt(row);
      const one = !Number.isNaN(value) ? place[value] : missing === 'category' ? 4 : missing === 'mean' ? place[of.mode] : -1;
      expect([...sample]).toEqual(Array.from({ length: coding.width }, (_, index) => Number(index === one)));
    }
  });
});

describe('classes', () => {
  it('of numbers stand in their order', () => {
    const raw = createRawColumn(choice({ use: 'target' }));
    expect(classCoding(raw, [10, 2, -1])).toEqual({ classes: ['-1', '2', '10'], classOf: Uint16Array.of(2, 1, 0) });
  });

  it('of names stand as people sort them', () => {
    const raw = createRawColumn(choice({ kind: 'categorical', use: 'target' }));
    raw.take({ kind: 'categorical', values: new Int32Array(), categories: ['dog 10', 'dog 2', 'ant'] }, new Float64Array(), 0, 1);
    expect(classCoding(raw, [1, 0, 2])).toEqual({ classes: ['ant', 'dog 2', 'dog 10'], classOf: Uint16Array.of(1, 2, 0) });
  });
});
