import { describe, expect, it } from 'vitest';
import { largestOf, sequenceText, visibleSymbol } from './symbols';

describe('symbols', () => {
  it('show white space by a sign, all else as it is', () => {
    expect([' ', '\n', '\t', 'a', 'ab c'].map(visibleSymbol)).toEqual(['␣', '↵', '⇥', 'a', 'ab c']);
  });

  it('make a text: characters side by side, words apart, unknown ones by their number', () => {
    expect(sequenceText([1, 0, 1], ['a', 'b'])).toBe('bab');
    expect(sequenceText([0, 1], ['to', 'be'])).toBe('to be');
    expect(sequenceText([0, 12], ['a'])).toBe('a 12');
    expect(sequenceText([0, 1, 0, 2], ['a', ' ', '\n'])).toBe('a a↵');
  });
});

describe('the largest', () => {
  const rows = [1, 3, 2].map((value) => ({ name: String(value), value }));

  it('come first where there are too many, and few stay in their order', () => {
    expect(largestOf(rows, 2).map(({ value }) => value)).toEqual([3, 2]);
    expect(largestOf(rows, 3)).toBe(rows);
  });
});
