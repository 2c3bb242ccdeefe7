/** Lists of numbers as people type them: shapes such as `1 × 28 × 28`, and plain lists such as `1, 0.5, 2`. Pure. */

export const shapeText = (sizes: readonly number[]): string => sizes.join(' × ');

/** The sizes, or null where the text is no list of whole numbers. */
export function parseShape(text: string): number[] | null {
  const parts = text.trim().split(/\s*[×xX*,;]\s*|\s+/);
  if (parts.length === 0 || parts.some((part) => !/^\d{1,9}$/.test(part))) return null;
  return parts.map(Number);
}

export const numbersText = (numbers: readonly number[]): string => numbers.join(', ');

/** The numbers, none for an empty text, or null where something in it is no number. */
export function parseNumbers(text: string): number[] | null {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const numbers = trimmed.split(/\s*[,;]\s*|\s+/).map((part) => (part === '' ? NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : null;
}
