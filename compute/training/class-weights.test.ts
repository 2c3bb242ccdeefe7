import { describe, expect, it } from 'vitest';
import { balancedWeights } from './class-weights';

describe('balanced class weights', () => {
  it('let all classes count alike', () => {
    // 60 samples of 3 classes that are there.
    expect(balancedWeights([30, 10, 0, 20])).toEqual([0.6667, 2, 0, 1]);
    expect(balancedWeights([7, 7])).toEqual([1, 1]);
    expect(balancedWeights([])).toEqual([]);
  });
});
