import { describe, expect, it } from 'vitest';
import { createNumberScanner } from './number';

const scanned = (text: string, decimal: '.' | ',' = '.'): readonly [value: number, length: number] => {
  const { scan, end } = createNumberScanner(decimal);
  const value = scan(Buffer.from(`${text};`), 0);
  return [value, end[0] ?? -1];
};

/** Marsaglia's xorshift32, so that a failure can be repeated. */
function createRandom(): (limit: number) => number {
  let state = 88_675_123;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

describe('a number from bytes', () => {
  it.each(['0', '-0', '7', '+7', '.5', '5.', '-12.75', '1e3', '1E+3', '2.5e-3', '123456789012345678901234567890', '0.1', '1e22', '1e23'])(
    'is that of Number(): %s',
    (text) => {
      expect(scanned(text)).toEqual([Number(text), text.length]);
    },
  );

  it.each([
    // Halves between two doubles, and neighbours of them (from the literature on reading decimal numbers).
    '9007199254740993',
    '9007199254740992.9999999999999',
    '9007199254740993.0000000000001',
    '1.00000000000000011102230246251565',
    '1.00000000000000011102230246251566',
    '0.500000000000000166533453693773481063544750213623046875',
    '3.518437208883201171875e13',
    '62.5364939768271845828',
    '8.10109172351e-10',
    '1.7976931348623157e308',
    '4.9406564584124654e-324',
    '2.2250738585072011e-308',
    '6929495644600919.5',
    '7.2057594037927933e16',
  ])('is rounded to even as by Number(): %s', (text) => {
    expect(scanned(text)[0]).toBe(Number(text));
  });

  it('may have a decimal comma', () => {
    expect(scanned('-3,25e1', ',')).toEqual([-32.5, 7]);
    expect(scanned('3.25', ',')).toEqual([3, 1]);
    expect(scanned('0,1234567890123456789012345678901234', ',')[0]).toBe(0.12345678901234568);
  });

  it.each(['', '-', '.', 'e5', '1e', '1e+', 'x', 'Infinity', 'nan', '1e999', '-1e400'])('is none: %s', (text) => {
    expect(scanned(text)[0]).toBeNaN();
  });

  it('is to the last bit that of Number(), for 300,000 texts of all lengths', () => {
    const random = createRandom();
    const digits = (count: number): string => Array.from({ length: count }, () => String(random(10))).join('');
    const float = new Float64Array(1);
    const words = new Uint32Array(float.buffer);
    const { scan } = createNumberScanner('.');
    const buffer = Buffer.alloc(120);
    for (let round = 0; round < 300_000; round++) {
      let text: string;
      if (round % 3 === 0) {
        words[0] = random(2 ** 32);
        words[1] = random(2 ** 32);
        // Half of them of the size that data has.
        if (round % 2 === 0) words[1] = (words[1] & 0x800fffff) | ((1013 + random(20)) << 20);
        if (!Number.isFinite(float[0]!)) continue;
        text = String(float[0]);
      } else {
        text = `${random(2) === 0 ? '-' : ''}${digits(random(20))}.${digits(1 + random(20))}`;
        if (round % 3 === 2) text += `e${String(random(60) - 30)}`;
      }
      buffer.write(`${text}\n`, 'latin1');
      const [actual, expected] = [scan(buffer, 0), Number(text)];
      if (!Object.is(actual, expected)) expect.fail(`${text}: ${String(actual)} instead of ${String(expected)}`);
    }
  });
});
