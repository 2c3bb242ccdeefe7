import { describe, expect, it } from 'vitest';
import { splitCodes } from '../../../compute/graph/sample-splits';
import { countRepeats } from '../repeated-samples';
import { createHashes, rowHashes } from './hashes';

const hashOf = (bytes: Uint8Array): number => rowHashes(bytes, bytes.length)(0);
const hashOfNumber = (number: number): number => hashOf(new Uint8Array(Float64Array.of(number).buffer));

describe('samples that are the same', () => {
  it('are counted across splits and within one', () => {
    const hashes = createHashes(1000);
    [1, 2, 3, 1, 2, 2, 4].forEach((number, index) => hashes.add(index, hashOfNumber(number)));
    const { train, test, excluded } = splitCodes;
    // 1 stands in both splits; 2 three times in one; 3 and 4 once.
    expect(hashes.repeats().pairs).toHaveLength(2 * 5);
    expect(countRepeats(hashes.repeats(), Uint8Array.of(train, train, train, test, train, train, test))).toEqual({
      acrossSplits: 2,
      withinSplits: 2,
    });
    // What is excluded stands nowhere.
    const without = Uint8Array.of(excluded, train, train, test, excluded, train, test);
    expect(countRepeats(hashes.repeats(), without)).toEqual({ acrossSplits: 0, withinSplits: 1 });
  });

  it('are estimated where they are more than are kept', () => {
    const hashes = createHashes(2048);
    const count = 100_000;
    // Every sample stands in the training split and again in the test.
    for (let index = 0; index < count; index++) hashes.add(index, hashOfNumber(index % (count / 2)));
    const splits = Uint8Array.from({ length: count }, (_, index) => (index < count / 2 ? splitCodes.train : splitCodes.test));
    const { acrossSplits, withinSplits } = countRepeats(hashes.repeats(), splits);
    expect(withinSplits).toBe(0);
    // Of 50,000 pairs some 700 are kept: the deviation of their number is 27, 4 per cent; five of them are allowed for.
    expect(Math.abs(acrossSplits - count) / count).toBeLessThan(0.2);
  });

  it.each([3, 8, 9])('are found wherever rows of %i bytes stand', (width) => {
    const row = Uint8Array.from({ length: width }, (_, index) => 250 - 7 * index);
    const place = (before: number): Uint8Array => {
      const bytes = new Uint8Array(before + width);
      bytes.set(row, before);
      return bytes.subarray(before);
    };
    const both = new Uint8Array(2 * width);
    both.set(row);
    both.set(row, width);
    const hashes = [...[0, 1, 2, 3].map((before) => hashOf(place(before))), rowHashes(both, width)(1)];
    expect(new Set(hashes).size).toBe(1);
  });

  it('are told from ones of which a single byte differs', () => {
    const bytes = Uint8Array.from({ length: 784 }, (_, index) => index);
    const seen = new Set([hashOf(bytes)]);
    for (let index = 0; index < bytes.length; index++) {
      const other = bytes.slice();
      other[index]! ^= 1;
      seen.add(hashOf(other));
    }
    expect(seen.size).toBe(785);
  });
});
