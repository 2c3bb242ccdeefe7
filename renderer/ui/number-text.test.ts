import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberText, parseNumber, plainDecimal, stepNumber } from './number-text';

describe('numbers as text', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseNumber(numberText(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it.each([
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['1,5', 1.5],
    ['1,234.5', 1234.5],
    ['−2', -2],
    [' 60 000 ', 60_000],
  ])('reads %s', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each(['', '-', '1e', 'abc', '1.2.3', 'Infinity', '1e999'])('refuses “%s”', (text) => {
    expect(parseNumber(text)).toBeNull();
  });
});

it('writes small numbers without an exponent where it must', () => {
  expect(plainDecimal(1e-8)).toBe('0.00000001');
  expect(plainDecimal(-2.5e-7)).toBe('-0.00000025');
  expect(plainDecimal(128)).toBe('128');
});

describe('stepping', () => {
  const linear = { step: 0.1, minimum: 0, maximum: 1, logarithmic: false };
  const logarithmic = { step: 1, minimum: 1e-6, maximum: 10, logarithmic: true };

  it('goes by the step, without a tail of digits, up to the limits', () => {
    expect(stepNumber(0.2, 1, linear)).toBe(0.3);
    expect(stepNumber(1, 1, linear)).toBe(1);
    expect(stepNumber(0.05, -1, linear)).toBe(0);
  });

  it('goes 1, 2, 5, 10 on a logarithmic scale, both ways', () => {
    expect(stepNumber(0.001, 1, logarithmic)).toBe(0.002);
    expect(stepNumber(0.002, 1, logarithmic)).toBe(0.005);
    expect(stepNumber(0.005, 1, logarithmic)).toBe(0.01);
    expect(stepNumber(0.001, -1, logarithmic)).toBe(0.0005);
    expect(stepNumber(0.003, -1, logarithmic)).toBe(0.002);
  });
});
