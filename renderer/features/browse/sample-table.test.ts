import { describe, expect, it } from 'vitest';
import {
  applyEdits,
  countByClass,
  countBySplit,
  everything,
  filterPlaces,
  imbalance,
  isFiltering,
  noPredictions,
  orderPlaces,
  type SampleTable,
} from './sample-table';

const table: SampleTable = {
  count: 6,
  labels: Int32Array.of(0, 1, 2, 0, 1, 2),
  splits: Uint8Array.of(0, 0, 1, 2, 3, 0),
  names: ['cat/1.png', 'dog/1.png', 'eel/1.png', 'cat/10.png', 'dog/2.png', 'eel/2.png'],
};
const predictions = { predicted: Int32Array.of(0, 0, 2, -1, -1, 1), confidence: Float32Array.of(0.9, 0.6, 0.5, NaN, NaN, 0.75) };
const passing = (filter: Partial<typeof everything>) => [...filterPlaces(table, predictions, { ...everything, ...filter })];

describe('a filter', () => {
  it('lets all through, or those of a class, a split, a name, a choice', () => {
    expect(passing({})).toEqual([0, 1, 2, 3, 4, 5]);
    expect(passing({ label: 0 })).toEqual([0, 3]);
    expect(passing({ split: 'excluded' })).toEqual([4]);
    expect(passing({ text: 'DOG/' })).toEqual([1, 4]);
    expect(passing({ places: new Set([5, 1]), split: 'train' })).toEqual([1, 5]);
  });

  it('asks only samples that have one for their prediction', () => {
    expect(passing({ outcome: 'right' })).toEqual([0, 2]);
    expect(passing({ outcome: 'wrong' })).toEqual([1, 5]);
    expect(passing({ predicted: 0, outcome: 'wrong' })).toEqual([1]);
    expect(passing({ confidence: [0.55, 0.8] })).toEqual([1, 5]);
    expect([...filterPlaces(table, noPredictions(6), { ...everything, outcome: 'right' })]).toEqual([]);
  });

  it('says whether it filters', () => {
    expect(isFiltering(everything)).toBe(false);
    expect(isFiltering({ ...everything, confidence: [0, 0.9] })).toBe(true);
  });
});

describe('orders', () => {
  const all = Uint32Array.of(0, 1, 2, 3, 4, 5);
  it.each([
    ['place', [0, 1, 2, 3, 4, 5]],
    ['class', [0, 3, 1, 4, 2, 5]],
    ['name', [0, 3, 1, 4, 2, 5]],
    ['least-sure', [2, 1, 5, 0, 3, 4]],
    ['most-sure', [0, 5, 1, 2, 3, 4]],
  ] as const)('by %s', (order, expected) => {
    expect([...orderPlaces(all, order, table, predictions)]).toEqual(expected);
  });
});

describe('counts', () => {
  it('go by split and class', () => {
    expect(countByClass(table, 3)).toEqual([
      [1, 1, 1],
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(countBySplit(table)).toEqual({ train: 3, validation: 1, test: 1, excluded: 1 });
    expect(imbalance([10, 5, 20])).toBe(4);
    expect(imbalance([1, 0])).toBe(Infinity);
  });
});

describe('edits', () => {
  it('change labels and splits, and can be taken back', () => {
    const { table: edited, inverse } = applyEdits(table, [
      { places: [0, 1, 2], label: 2, split: null },
      { places: [1, 5], label: null, split: 'excluded' },
    ]);
    expect([...(edited.labels ?? [])]).toEqual([2, 2, 2, 0, 1, 2]);
    expect([...edited.splits]).toEqual([0, 3, 1, 2, 3, 3]);
    const { table: back } = applyEdits(edited, inverse);
    expect(back.labels).toEqual(table.labels);
    expect(back.splits).toEqual(table.splits);
    expect([...(table.labels ?? [])]).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('take back two changes of one sample in their order', () => {
    const { table: edited, inverse } = applyEdits(table, [
      { places: [0], label: 1, split: null },
      { places: [0], label: 2, split: null },
    ]);
    expect(edited.labels?.[0]).toBe(2);
    expect(applyEdits(edited, inverse).table.labels?.[0]).toBe(0);
  });

  it('leave out what changes nothing', () => {
    expect(applyEdits(table, [{ places: [0, 3], label: 0, split: null }]).inverse).toEqual([]);
  });
});
