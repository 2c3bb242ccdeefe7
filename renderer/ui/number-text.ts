/** Reading and writing numbers in text fields: `1e-3`, `0.001`, `1,5` and `−2` are all numbers. Knows no component. */

/** The number a person means by the text, or null. A comma is a decimal mark where no point stands. */
export function parseNumber(text: string): number | null {
  const plain = text
    .trim()
    .replace(/\u2212/g, '-')
    .replace(/[\s_\u00a0\u202f]/g, '');
  const normal = plain.includes('.') ? plain.replace(/,/g, '') : plain.replace(',', '.');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(normal)) return null;
  const value = Number(normal);
  return Number.isFinite(value) ? value : null;
}

/** The shortest text that `parseNumber` reads back as the same number. */
export const numberText = (value: number): string => String(value);

/** The next value up or down: by `step`, or by a digit of its own size on a logarithmic scale (1, 2, 5, 10 …). */
export function stepNumber(
  value: number,
  direction: 1 | -1,
  options: { step: number; minimum: number; maximum: number; logarithmic: boolean },
): number {
  const clamp = (number: number) => Math.min(options.maximum, Math.max(options.minimum, Number(number.toPrecision(12))));
  if (!options.logarithmic || value <= 0) return clamp(value + direction * options.step);
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const ladder = [decade / 2, decade, 2 * decade, 5 * decade, 10 * decade];
  const tolerance = value * 1e-9;
  const next = direction === 1 ? ladder.find((rung) => rung > value + tolerance) : ladder.findLast((rung) => rung < value - tolerance);
  return clamp(next ?? value * 10 ** direction);
}

/** A decimal without an exponent, which ARIA's values must be. */
export function plainDecimal(value: number): string {
  const text = String(value);
  return text.includes('e') && Math.abs(value) < 1 ? value.toFixed(20).replace(/0+$/, '') : text;
}
