import { describe, expect, it } from 'vitest';
import { largestOf } from './largest';

describe('the largest', () => {
  const rows = [1, 3, 2].map((value) => ({ name: String(value), value }));

  it('come first where there are too many, and few stay in their order', () => {
    expect(largestOf(rows, 2).map(({ value }) => value)).toEqual([3, 2]);
    expect(largestOf(rows, 3)).toBe(rows);
  });
});
