import { describe, expect, it } from 'vitest';
import { cellSamples, classResults, mostWrong, trueProbability } from './results';

const labels = Int32Array.of(0, 0, 1, 1, 2);
const predictions = Int32Array.of(0, 1, 1, 0, 1);
const losses = Float32Array.of(0.1, 2, 0.2, 3, 1);

describe('results of an evaluation', () => {
  it('per class: recall and precision, 0 where nothing was predicted', () => {
    const results = classResults([
      [1, 1, 0],
      [1, 1, 0],
      [0, 1, 0],
    ]);
    expect(results[0]).toEqual({ count: 2, right: 1, recall: 0.5, precision: 0.5 });
    expect(results[1]?.precision).toBeCloseTo(1 / 3, 12);
    expect(results[2]).toEqual({ count: 1, right: 0, recall: 0, precision: 0 });
  });
  it('mistakes by loss, highest first, what is no number before all', () => {
    expect(mostWrong({ predictions, losses }, labels, 10).map(({ index }) => index)).toEqual([3, 1, 4]);
    expect(mostWrong({ predictions, losses: Float32Array.of(0, NaN, 0, 3, 1) }, labels, 1)[0]?.index).toBe(1);
  });
  it('the samples of a cell', () => {
    expect(cellSamples(predictions, labels, 1, 0)).toEqual([3]);
    expect(cellSamples(predictions, labels, 2, 2)).toEqual([]);
  });
  it('the probability of the true class from its cross-entropy', () => {
    expect(trueProbability(-Math.log(0.25))).toBeCloseTo(0.25, 12);
  });
});
