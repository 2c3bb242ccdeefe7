/** Which split each imported sample goes to: by lot, or as its folder, file or a column says. Pure. */
import type * as v from 'valibot';
import { splitCodes } from '../../../compute/graph/sample-splits';
import type { importOptionsSchema } from '../../contract/imports';
import { drawSplits } from '../dataset-splits';

export type ImportOptions = v.InferOutput<typeof importOptionsSchema>;
export type ImportKind = ImportOptions['kind'];
export type OptionsOf<Kind extends ImportKind> = Extract<ImportOptions, { readonly kind: Kind }>;
export type SplitOptions = ImportOptions['splits'];

/** Stands for a sample of which its source says nothing. */
export const noHint = 255;

const words: readonly (readonly [RegExp, number])[] = [
  [/^(train|training|trn)$/i, splitCodes.train],
  [/^(val|valid|validation|dev)$/i, splitCodes.validation],
  [/^(test|testing|tst|t10k|eval|evaluation)$/i, splitCodes.test],
];

/** The split that a word names; `noHint` where it names none. */
export const splitNamed = (word: string): number => words.find(([pattern]) => pattern.test(word.trim()))?.[1] ?? noHint;

/** The split that a file is named after: `train.csv`, `data_test_2.npy`. */
export function splitOfFile(stem: string): number {
  for (const word of stem.split(/[^A-Za-z0-9]+/)) {
    const code = splitNamed(word);
    if (code !== noHint) return code;
  }
  return noHint;
}

/**
 * One code a sample. By ratio everything is by lot. Otherwise the hints count, what has none is trained on, and a split that
 * no hint names is drawn from the training samples. `groups` are the classes, for stratified lots. By ratio hints may be missing.
 */
export function decideSplits(
  count: number,
  { by, validation, test, stratified }: SplitOptions,
  seed: number,
  { hints, groups }: { readonly hints: Uint8Array; readonly groups: ArrayLike<number> | null },
): Uint8Array {
  const lots = { groups: stratified ? groups : null };
  if (by === 'ratio') return drawSplits(count, { validation, test, seed }, lots);
  const splits = hints.map((hint) => (hint === noHint ? splitCodes.train : hint));
  const named = (code: number): boolean => splits.includes(code);
  const shares = { seed, validation: named(splitCodes.validation) ? 0 : validation, test: named(splitCodes.test) ? 0 : test };
  if (shares.validation === 0 && shares.test === 0) return splits;
  // What is not trained on takes no part in the lots.
  const before = splits.map((code) => (code === splitCodes.train ? splitCodes.train : splitCodes.excluded));
  const drawn = drawSplits(count, shares, { ...lots, before });
  return splits.map((code, index) => (code === splitCodes.train ? (drawn[index] ?? code) : code));
}
