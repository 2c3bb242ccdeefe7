/** Numbers as WGSL writes them. */

/** An f32 literal that reads back as Math.fround(value); infinities and NaN have none and throw a RangeError. */
export function floatLiteral(value: number): string {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) throw new RangeError(`WGSL has no literal for ${String(value)} as f32`);
  const text = String(rounded);
  const literal = `${/[.e]/.test(text) ? text : `${text}.0`}f`;
  return rounded < 0 || Object.is(rounded, -0) ? `(${Object.is(rounded, -0) ? '-0.0f' : literal})` : literal;
}

/** An i32 literal; throws a RangeError for anything else. */
export function integerLiteral(value: number): string {
  if (!Number.isInteger(value) || value < -0x80000000 || value > 0x7fffffff) throw new RangeError(`${String(value)} is no i32`);
  // The least i32 has no literal of its own: its absolute value is out of range.
  if (value === -0x80000000) return '(-2147483647i - 1i)';
  return value < 0 ? `(${String(value)}i)` : `${String(value)}i`;
}
