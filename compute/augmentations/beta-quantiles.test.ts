import { describe, expect, it } from 'vitest';
import { upperBetaQuantiles } from './beta-quantiles';

/** Sums over 4096 steps of functions that are smooth, or infinite at one end as a root is. */
const DIGITS = 3;

describe('the upper quantiles of Beta(α, α)', () => {
  const count = 16;
  const probability = (entry: number): number => 0.5 + entry / (2 * count);

  it('are those of the arcsine law for α = ½', () => {
    upperBetaQuantiles(0.5, count).forEach((value, entry) => {
      expect(value).toBeCloseTo(Math.sin((Math.PI / 2) * probability(entry)) ** 2, DIGITS);
    });
  });

  it('are the probabilities themselves for α = 1', () => {
    upperBetaQuantiles(1, count).forEach((value, entry) => {
      expect(value).toBeCloseTo(probability(entry), 12);
    });
  });

  it('have the probabilities 3x² − 2x³ for α = 2', () => {
    upperBetaQuantiles(2, count).forEach((value, entry) => {
      expect(3 * value ** 2 - 2 * value ** 3).toBeCloseTo(probability(entry), DIGITS);
    });
  });
});
