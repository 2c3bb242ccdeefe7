import { describe, expect, test } from 'vitest';
import type { WeightInitializer } from '../layers/layer';
import { initialValues, initializers } from './registry';

const SHAPE = [100, 200];
const fans = { fanIn: 50, fanOut: 150 };

/** Standard deviation and bound (null: none) that the definitions of the literature give for the fans above. */
const expected: readonly (readonly [WeightInitializer, deviation: number, bound: number | null])[] = [
  [{ kind: 'he-uniform', ...fans }, Math.sqrt(2 / 50), Math.sqrt(6 / 50)],
  [{ kind: 'he-normal', ...fans }, Math.sqrt(2 / 50), null],
  [{ kind: 'xavier-uniform', ...fans }, Math.sqrt(2 / 200), Math.sqrt(6 / 200)],
  [{ kind: 'xavier-normal', ...fans }, Math.sqrt(2 / 200), null],
  [{ kind: 'uniform', bound: 0.25 }, 0.25 / Math.sqrt(3), 0.25],
  [{ kind: 'normal', deviation: 0.3 }, 0.3, null],
  // Cutting at two deviations leaves √(1 − 4·φ(2) / (Φ(2) − Φ(−2))) of the deviation.
  [{ kind: 'truncated-normal', deviation: 0.5 }, 0.5 * 0.8796256610342398, 1],
];

test('every kind is covered here', () => {
  expect([...initializers.keys()].sort()).toEqual(
    [...expected.map(([{ kind }]) => kind), 'ones', 'zeros', 'fixed', 'constant', 'orthogonal'].sort(),
  );
});

describe.each(expected)('%j', (specification, deviation, bound) => {
  const values = initialValues(specification, SHAPE, 1, 'dense.weight');

  test('has mean 0 and the right spread', () => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    // 20,000 numbers: the mean has a standard error of spread/141, the spread itself of at most spread/200; five of each.
    expect(Math.abs(mean)).toBeLessThan((5 * deviation) / 141);
    expect(Math.abs(spread / deviation - 1)).toBeLessThan(5 / 200);
  });

  if (bound !== null) {
    test('stays within its bound', () => {
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
    });
  }
});

test('zeros and ones are zeros and ones', () => {
  expect([...initialValues({ kind: 'zeros' }, [3], 1, 'w')]).toEqual([0, 0, 0]);
  expect([...initialValues({ kind: 'ones' }, [2, 1], 1, 'w')]).toEqual([1, 1]);
});

test('a constant is one number', () => {
  expect([...initialValues({ kind: 'constant', value: 0.25 }, [2, 2], 1, 'w')]).toEqual([0.25, 0.25, 0.25, 0.25]);
});

test.each([
  ['rows', [5, 12]],
  ['columns', [12, 5]],
  ['filters', [4, 3, 2, 2]],
])('orthogonal %s are at right angles and of length 1', (_name, shape) => {
  const values = initialValues({ kind: 'orthogonal' }, shape, 1, 'w');
  const [rows = 1] = shape;
  const columns = values.length / rows;
  const vector = (place: number): number[] =>
    rows <= columns
      ? [...values.subarray(place * columns, (place + 1) * columns)]
      : Array.from({ length: rows }, (_, row) => values[row * columns + place] ?? NaN);
  for (let first = 0; first < Math.min(rows, columns); first++)
    for (let second = 0; second <= first; second++) {
      const other = vector(second);
      const product = vector(first).reduce((sum, value, index) => sum + value * (other[index] ?? NaN), 0);
      // Sums of a dozen products in float64.
      expect(Math.abs(product - (first === second ? 1 : 0))).toBeLessThan(1e-14);
    }
});

test('fixed numbers are those that the layer gives, by their row-major place', () => {
  expect([...initialValues({ kind: 'fixed', valueAt: (index) => 3 - index }, [2, 2], 1, 'w')]).toEqual([3, 2, 1, 0]);
});

test('the seed and the name decide, and nothing else', () => {
  const specification = { kind: 'uniform', bound: 1 } as const;
  const values = initialValues(specification, [5], 3, 'a.weight');
  expect(initialValues(specification, [5], 3, 'a.weight')).toEqual(values);
  expect(initialValues(specification, [5], 4, 'a.weight')).not.toEqual(values);
  expect(initialValues(specification, [5], 3, 'b.weight')).not.toEqual(values);
});
