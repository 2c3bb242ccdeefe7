import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbersText, parseNumbers, parseShape, shapeText } from './list-text';

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

describe('lists of numbers as text', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 6 }), (numbers) => {
        // Zero is written without its sign.
        expect(parseNumbers(numbersText(numbers))).toEqual(numbers.map((number) => (number === 0 ? 0 : number)));
      }),
    );
  });

  it.each([
    ['', []],
    ['1, 0.5 ; 2e-3', [1, 0.5, 0.002]],
    ['1 2', [1, 2]],
  ])('reads “%s”', (text, numbers) => {
    expect(parseNumbers(text)).toEqual(numbers);
  });

  it.each(['a', '1,,2', '1/2', 'Infinity'])('refuses “%s”', (text) => {
    expect(parseNumbers(text)).toBeNull();
  });
});
