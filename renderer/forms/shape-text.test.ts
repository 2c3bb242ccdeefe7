import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShape, shapeText } from './shape-text';

describe('shapes as text', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(99_999), { minLength: 1, maxLength: 6 }), (sizes) => {
        expect(parseShape(shapeText(sizes))).toEqual(sizes);
      }),
    );
  });

  it.each(['1x28x28', '1, 28, 28', ' 1 × 28 × 28 ', '1 28 28', '1*28;28'])('reads %s', (text) => {
    expect(parseShape(text)).toEqual([1, 28, 28]);
  });

  it.each(['', '1×', 'a', '1.5', '-1', '1××2'])('refuses “%s”', (text) => {
    expect(parseShape(text)).toBeNull();
  });
});
