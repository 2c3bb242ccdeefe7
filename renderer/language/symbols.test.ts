import { describe, expect, it } from 'vitest';
import { sequenceText, visibleSymbol } from './symbols';

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
