/** Shapes as people type them: `1 × 28 × 28`, `1x28x28`, `1, 28, 28`. Pure. */

export const shapeText = (sizes: readonly number[]): string => sizes.join(' × ');

/** The sizes, or null where the text is no list of whole numbers. */
export function parseShape(text: string): number[] | null {
  const parts = text.trim().split(/\s*[×xX*,;]\s*|\s+/);
  if (parts.length === 0 || parts.some((part) => !/^\d{1,9}$/.test(part))) return null;
  return parts.map(Number);
}
