/**
 * Decimal numbers from bytes, to the last bit what Number() makes of the same text. Up to 15 digits are exact in a double and
 * one rounding gives the result (Clinger, "How to read floating point numbers accurately", 1990); up to 30 digits are carried in
 * two doubles (Dekker, 1971), and wherever the remaining error could touch the rounding, Number() itself decides.
 */

const largestExactPower = 22;
const powers = Float64Array.from({ length: largestExactPower + 1 }, (_, exponent) => Number(`1e${String(exponent)}`));
/** Digits that the first and the second part hold. */
const partDigits = 15;
/** 2²⁷ + 1 splits a double into two halves of 26 bits. */
const splitter = 134_217_729;
/** More than what the sums below can be wrong by, relative to the result (a few times 2⁻¹⁰⁴). */
const uncertainty = 2 ** -98;

export interface NumberScanner {
  /**
   * The number that begins at `start`: sign, digits with at most one decimal sign, exponent. NaN where none begins or it is
   * beyond the doubles. The byte behind the number must be there and be none of a number's. `end[0]` becomes its place.
   */
  readonly scan: (bytes: Buffer, start: number) => number;
  readonly end: Int32Array;
}

/** The low part of a product whose high part is `product`. */
function productError(a: number, b: number, product: number): number {
  const splitA = a * splitter;
  const splitB = b * splitter;
  const highA = splitA - (splitA - a);
  const highB = splitB - (splitB - b);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/** (first · 10^digits + second) · 10^exponent, or NaN where two doubles do not settle its rounding. */
function joinParts(first: number, second: number, digits: number, exponent: number): number {
  const power = powers[digits]!;
  const product = first * power;
  const sum = product + second;
  const rest = productError(first, power, product) + (second - (sum - product));
  const high = sum + rest;
  const low = rest - (high - sum);
  let value = high;
  let correction = low;
  if (exponent < 0) {
    const divisor = powers[-exponent]!;
    value = high / divisor;
    const back = value * divisor;
    correction = (high - back - productError(value, divisor, back) + low) / divisor;
  } else if (exponent > 0) {
    const factor = powers[exponent]!;
    value = high * factor;
    correction = productError(high, factor, value) + low * factor;
  }
  const error = value * uncertainty;
  const above = value + (correction + error);
  return above === value + (correction - error) ? above : NaN;
}

/** A scanner of numbers with this decimal sign: `.` or `,`. */
export function createNumberScanner(decimal: '.' | ','): NumberScanner {
  const decimalByte = decimal.charCodeAt(0);
  const end = new Int32Array(1);

  const slow = (bytes: Buffer, start: number, stop: number): number => {
    const text = bytes.toString('latin1', start, stop);
    const value = Number(decimal === '.' ? text : text.replace(decimal, '.'));
    return Number.isFinite(value) ? value : NaN;
  };

  const scan = (bytes: Buffer, start: number): number => {
    let at = start;
    let byte = bytes[at]!;
    const negative = byte === 45;
    if (negative || byte === 43) byte = bytes[++at]!;
    const firstDigit = at;
    let first = 0;
    let second = 0;
    let firstCount = 0;
    let secondCount = 0;
    let exponent = 0;
    let left = 0;
    for (; byte >= 48 && byte <= 57; byte = bytes[++at]!)
      if (firstCount < partDigits) {
        first = first * 10 + (byte - 48);
        if (first !== 0) firstCount++;
      } else if (secondCount < partDigits) {
        second = second * 10 + (byte - 48);
        secondCount++;
      } else left++;
    let digits = at - firstDigit;
    if (byte === decimalByte) {
      byte = bytes[++at]!;
      const firstPlace = at;
      for (; byte >= 48 && byte <= 57; byte = bytes[++at]!)
        if (firstCount < partDigits) {
          first = first * 10 + (byte - 48);
          if (first !== 0) firstCount++;
          exponent--;
        } else if (secondCount < partDigits) {
          second = second * 10 + (byte - 48);
          secondCount++;
          exponent--;
        } else left++;
      digits += at - firstPlace;
    }
    end[0] = at;
    if (digits === 0) return NaN;
    if (byte === 101 || byte === 69) {
      byte = bytes[++at]!;
      const negativeExponent = byte === 45;
      if (negativeExponent || byte === 43) byte = bytes[++at]!;
      const firstPlace = at;
      let written = 0;
      for (; byte >= 48 && byte <= 57; byte = bytes[++at]!) if (written < 100_000) written = written * 10 + (byte - 48);
      end[0] = at;
      if (at === firstPlace) return NaN;
      exponent += negativeExponent ? -written : written;
    }
    if (left > 0) return slow(bytes, start, at);
    let value: number;
    if (first === 0) value = 0;
    else if (exponent < -largestExactPower || exponent > largestExactPower) return slow(bytes, start, at);
    else if (secondCount > 0) {
      value = joinParts(first, second, secondCount, exponent);
      if (Number.isNaN(value)) return slow(bytes, start, at);
    } else value = exponent < 0 ? first / powers[-exponent]! : first * powers[exponent]!;
    return negative ? -value : value;
  };

  return { scan, end };
}
