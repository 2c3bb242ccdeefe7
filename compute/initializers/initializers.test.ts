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
];

test('every kind is covered here', () => {
  expect([...initializers.keys()].sort()).toEqual([...expected.map(([{ kind }]) => kind), 'ones', 'zeros', 'fixed'].sort());
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
