/**
 * Settings and parameters by path, such as `optimizer.parameters.beta1`: how lists, comparisons and sweeps name them. Pure;
 * it knows no particular setting.
 */

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every leaf with its path, in order; what is nested beyond eight levels counts as a leaf. Lists are leaves. */
export function leavesOf(value: unknown, path: readonly string[] = []): readonly (readonly [path: string, value: unknown])[] {
  if (!isRecord(value) || path.length >= 8) return path.length === 0 ? [] : [[path.join('.'), value]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));

/** The same with values as text. */
export const flattenSettings = (value: unknown): readonly (readonly [path: string, text: string])[] =>
  leavesOf(value).map(([path, leaf]) => [path, textOf(leaf)]);
