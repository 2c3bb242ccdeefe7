import { describe, expect, it } from 'vitest';
import { countSplits, splitCodes } from '../../compute/graph/sample-splits';
import { drawSplits } from './dataset-splits';

const shares = { validation: 0.1, test: 0.2, seed: 7 };

describe('splits by lot', () => {
  it('have the shares that were asked for, to the sample, the same for the same seed alone', () => {
    const splits = drawSplits(1000, shares);
    expect(countSplits(splits)).toMatchObject({ train: 700, validation: 100, test: 200 });
    expect(drawSplits(1000, shares)).toEqual(splits);
    expect(drawSplits(1000, { ...shares, seed: 8 })).not.toEqual(splits);
  });

  it('have them of every class, and of no excluded sample', () => {
    // Of class 5 there is nothing, of class 9 but one sample.
    const groups = Array.from({ length: 1001 }, (_, index) => (index === 1000 ? 9 : index % 5));
    const before = Uint8Array.from(groups, (_, index) => (index < 100 ? splitCodes.excluded : splitCodes.train));
    const splits = drawSplits(1001, shares, { groups, before });
    expect([...splits.subarray(0, 100)].every((code) => code === splitCodes.excluded)).toBe(true);
    for (let group = 0; group < 5; group++) {
      const counts = countSplits(splits.filter((_, index) => groups[index] === group));
      expect(counts).toMatchObject({ train: 126, validation: 18, test: 36, excluded: 20 });
    }
    expect(splits[1000]).toBe(splitCodes.train);
  });

  it('hold out all or nothing where that is asked for', () => {
    expect(countSplits(drawSplits(50, { validation: 0, test: 0, seed: 1 }))).toMatchObject({ train: 50 });
    expect(countSplits(drawSplits(50, { validation: 0.5, test: 0.5, seed: 1 }))).toMatchObject({ train: 0, validation: 25, test: 25 });
  });
});
