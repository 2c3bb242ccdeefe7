import { describe, expect, it } from 'vitest';
import { byLoss, cellSamples, classResults, farthestOff, largestConfusions, mostWrong, targetResults, trueProbability } from './results';

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
    expect(cellSamples({ predictions, losses }, labels, 1, 0)).toEqual([3]);
    expect(cellSamples({ predictions, losses }, labels, 2, 2)).toEqual([]);
  });
  it('of labels by position: samples by their loss, and those of a cell once each', () => {
    const truth = Int32Array.of(0, 1, 1, 1, 2, 0);
    const evaluation = { predictions: Int32Array.of(0, 1, 0, 0, 2, 1), losses: Float32Array.of(0.1, 2, 1) };
    expect(byLoss(evaluation, truth)).toEqual([
      { index: 1, loss: 2, right: 0, positions: 2 },
      { index: 2, loss: 1, right: 1, positions: 2 },
      { index: 0, loss: evaluation.losses[0], right: 2, positions: 2 },
    ]);
    expect(cellSamples(evaluation, truth, 1, 0)).toEqual([1]);
    expect(cellSamples(evaluation, truth, 0, 1)).toEqual([2]);
  });
  it('the largest confusions, without what is right and what never happened', () => {
    const confusion = [
      [5, 3, 0],
      [1, 0, 0],
      [0, 3, 9],
    ];
    expect(largestConfusions(confusion, 2)).toEqual([
      { label: 0, predicted: 1, count: 3, share: 3 / 8 },
      { label: 2, predicted: 1, count: 3, share: 3 / 12 },
    ]);
    expect(largestConfusions(confusion, 9)).toHaveLength(3);
  });
  it('the probability of the true class from its cross-entropy', () => {
    expect(trueProbability(-Math.log(0.25))).toBeCloseTo(0.25, 12);
  });
});

describe('what is told of numbers', () => {
  // Two targets of three samples.
  const labels = Float32Array.of(1, 10, 2, 20, 3, 30);
  const estimates = Float32Array.of(1.5, 10, 2, 26, 2.75, 29);

  it('is taken apart by target, and its errors have a sign', () => {
    const second = targetResults(labels, estimates, 2, 1);
    expect([...second.truth]).toEqual([10, 20, 30]);
    expect([...second.residuals]).toEqual([0, 6, -1]);
    expect([...targetResults(labels, estimates, 2, 0).residuals]).toEqual([0.5, 0, -0.25]);
  });

  it('is ordered by how far off it is, what is no number first', () => {
    expect(farthestOff(targetResults(labels, estimates, 2, 1), 2)).toEqual([1, 2]);
    expect(farthestOff(targetResults(labels, Float32Array.of(0, 0, 0, 0, NaN, 0), 2, 0), 1)).toEqual([2]);
  });
});
