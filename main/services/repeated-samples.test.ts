import { describe, expect, it } from 'vitest';
import { splitCodes } from '../../compute/graph/sample-splits';
import { countRepeats, keptTogether } from './repeated-samples';

const { train, validation, test, excluded } = splitCodes;
/** Samples 0, 3 and 5 are the same, and so are 1 and 4; 2 stands alone. */
const repeats = { step: 1, pairs: Uint32Array.of(0, 0, 3, 0, 5, 0, 1, 1, 4, 1) };

describe('samples that are the same', () => {
  it('are counted across splits and within them', () => {
    expect(countRepeats(repeats, Uint8Array.of(train, train, test, test, train, train))).toEqual({ acrossSplits: 3, withinSplits: 2 });
    expect(countRepeats({ ...repeats, step: 4 }, Uint8Array.of(train, train, test, test, validation, test))).toEqual({
      acrossSplits: 20,
      withinSplits: 4,
    });
  });

  it('go to one split together, and what is excluded stays so', () => {
    const splits = Uint8Array.of(excluded, test, train, validation, train, train);
    const divided = keptTogether(repeats, splits);
    expect([...divided]).toEqual([excluded, test, train, validation, test, validation]);
    expect(countRepeats(repeats, divided)).toEqual({ acrossSplits: 0, withinSplits: 2 });
  });
});
