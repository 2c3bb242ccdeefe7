import { describe, expect, it } from 'vitest';
import { findSeries, measuresOf } from './run-records';

const records = [
  { type: 'started', at: 10_000 },
  { type: 'steps', at: 14_000, steps: [1, 2, 3, 4], loss: [4, 3, null, 1], accuracy: [0, 0.25, 0.5, 1] },
  { type: 'epoch', at: 15_000, epoch: 1, step: 4, train: { loss: 2 }, validation: { loss: 1.5, meanAbsoluteError: 0.25 } },
];

describe('the measures of a run', () => {
  it('are found by their names, whatever they are, with times between those of the records', () => {
    const measures = measuresOf(records);
    expect(findSeries(measures, 'batch', 'loss')).toMatchObject({
      steps: [1, 2, 3, 4],
      values: [4, 3, NaN, 1],
      times: [11_000, 12_000, 13_000, 14_000],
      seconds: [1, 2, 3, 4],
    });
    expect(findSeries(measures, 'validation', 'meanAbsoluteError')).toMatchObject({ steps: [4], values: [0.25], seconds: [5] });
    expect(measures.epochs).toEqual([{ epoch: 1, step: 4 }]);
  });

  it('count no rest as training', () => {
    const { series } = measuresOf([
      ...records,
      { type: 'started', at: 1_000_000 },
      { type: 'steps', at: 1_002_000, steps: [5, 6], loss: [1, 1] },
    ]);
    expect(series.find(({ of }) => of === 'batch')?.seconds).toEqual([1, 2, 3, 4, 6, 7]);
  });

  it('hold what came later where a run went on from an earlier step', () => {
    const measures = measuresOf([...records, { type: 'steps', steps: [3], loss: [9] }]);
    expect(findSeries(measures, 'batch', 'loss')?.values).toEqual([4, 3, 9]);
    expect(findSeries(measures, 'batch', 'accuracy')?.steps).toEqual([1, 2]);
    expect(findSeries(measures, 'validation', 'loss')?.steps).toEqual([]);
    expect(measures.epochs).toEqual([]);
  });

  it('say nothing of times that were not recorded, and skip what they do not know', () => {
    const measures = measuresOf([{ type: 'steps', steps: [1], loss: [1] }, 'x', { type: 'steps', steps: 'y' }, null, { type: 'later' }]);
    expect(measures.series).toEqual([{ measure: 'loss', of: 'batch', steps: [1], values: [1], times: [NaN], seconds: [NaN] }]);
  });
});
