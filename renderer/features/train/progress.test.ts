import { describe, expect, it } from 'vitest';
import { progressOf } from './progress';

const at = (epoch: number, stepInEpoch: number) =>
  progressOf({ epoch, epochs: 5, stepInEpoch, stepsPerEpoch: 100, step: epoch * 100 + stepInEpoch });

describe('progress', () => {
  it('counts the first epoch as 1', () => {
    expect(at(0, 0)).toEqual({ epoch: 1, epochs: 5, step: 0, steps: 100, fraction: 0 });
    expect(at(0, 20)).toEqual({ epoch: 1, epochs: 5, step: 20, steps: 100, fraction: 0.04 });
  });
  it('stays with an epoch that has just ended', () => {
    expect(at(2, 0)).toEqual({ epoch: 2, epochs: 5, step: 100, steps: 100, fraction: 0.4 });
    expect(at(2, 1)).toMatchObject({ epoch: 3, step: 1 });
  });
  it('ends at the last step of the last epoch', () => {
    expect(at(5, 0)).toEqual({ epoch: 5, epochs: 5, step: 100, steps: 100, fraction: 1 });
  });
});
