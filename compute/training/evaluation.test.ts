/** Means over a split, as PyTorch's over all of it at once: one label a sample or several, classes that count alike or not. */
import { describe, expect, it } from 'vitest';
import { summarise } from './evaluation';

/** Powers of two and small whole numbers, which f32 holds exactly. */
const losses = Float32Array.of(1, 0.5, 4);

describe('the loss of a split', () => {
  it('is the mean over samples where all classes count alike', () => {
    const labels = Int32Array.of(0, 1, 1);
    const { loss, accuracy, confusion } = summarise('test', { labels, predictions: Int32Array.of(0, 0, 1), losses }, 2, []);
    expect(loss).toBe(5.5 / 3);
    expect(accuracy).toBe(2 / 3);
    expect(confusion).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it('is divided by the weights of the classes that occur', () => {
    const labels = Int32Array.of(0, 1, 1);
    expect(summarise('test', { labels, predictions: labels, losses }, 2, [3, 0.5]).loss).toBe(5.5 / 4);
    expect(summarise('test', { labels, predictions: labels, losses }, 2, [0, 0]).loss).toBe(Infinity);
  });

  it('is divided by those of all positions where a sample has several', () => {
    // A sample's own loss is the mean over its two positions: together they lose 11.
    const labels = Int32Array.of(0, 1, 1, 1, 0, 0);
    expect(summarise('test', { labels, predictions: labels, losses }, 2, []).loss).toBe(5.5 / 3);
    expect(summarise('test', { labels, predictions: labels, losses }, 2, [3, 0.5]).loss).toBe(11 / 10.5);
  });

  it('is 0 where there is nothing', () => {
    const none = new Int32Array();
    expect(summarise('test', { labels: none, predictions: none, losses: new Float32Array() }, 2, [1, 2]).loss).toBe(0);
  });
});
