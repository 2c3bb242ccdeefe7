/** What the screen of an import works with: the contract's words, how long it will take, what a network would have to change. Pure. */
import type { InferOutput } from 'valibot';
import type { importCalls, importKinds, importOptionsSchema } from '../../../../main/contract/imports';

export type ImportKind = (typeof importKinds)[number];
export type ImportOptions = InferOutput<typeof importOptionsSchema>;
export type OptionsOf<Kind extends ImportKind> = Extract<ImportOptions, { readonly kind: Kind }>;
export type Inspection = InferOutput<(typeof importCalls)['imports.inspect']['response']>;
export type ImportSource = InferOutput<(typeof importCalls)['imports.inspect']['request']>['source'];
export type ImportReport = NonNullable<InferOutput<(typeof importCalls)['imports.report']['response']>>;
export type PreviewSample = Inspection['preview']['samples'][number];
export type ColumnChoice = OptionsOf<'table'>['columns'][number];

/** Seconds that are left, from how far it is after so many; null while that says nothing yet. */
export function secondsLeft(fraction: number, elapsed: number): number | null {
  if (fraction < 0.02 || elapsed < 1) return null;
  return Math.max(0, (elapsed / fraction) * (1 - fraction));
}

/** A name for the data set from that of its file or folder: without the endings that say what kind of file it is. */
export const nameFor = (file: string): string => file.replace(/(?<=[^.])(\.(csv|tsv|tab|txt|zip|npy|npz|parquet|gz|wav))+$/i, '');

/** Bytes [channels, height, width] from base64 as numbers 0 … 1; null where they are no such picture. */
export function pictureValues({ shape, pixels }: PreviewSample): Float32Array | null {
  const size = shape.reduce((product, axis) => product * axis, 1);
  let binary: string;
  try {
    binary = atob(pixels);
  } catch {
    return null;
  }
  return binary.length === size ? Float32Array.from(binary, (character) => character.charCodeAt(0) / 255) : null;
}

/** Whether a change of options shows in the preview; else it is not worth looking at the source again. */
export function showsInPreview(before: ImportOptions, after: ImportOptions): boolean {
  const visible = ({ seed: _seed, splits: _splits, ...rest }: ImportOptions) => JSON.stringify(rest);
  return visible(before) !== visible(after);
}

/** Why these options cannot be imported yet: a key under `import.wrong`; null if they can. */
export function whatIsWrong(options: ImportOptions, name: string): string | null {
  if (name.trim() === '') return 'name';
  const { validation, test, by, column } = options.splits;
  if (validation + test >= 1) return 'splits';
  if (by === 'column' && column === null) return 'splitColumn';
  if (options.kind === 'table' || options.kind === 'parquet') {
    const targets = options.columns.filter(({ use }) => use === 'target');
    if (targets.length === 0) return 'target';
    if (options.task === 'classification' && targets.length > 1) return 'oneTarget';
    if (options.task === 'regression' && targets.some(({ kind }) => kind !== 'numeric' && kind !== 'boolean')) return 'numericTarget';
    if (!options.columns.some(({ use }) => use === 'input')) return 'inputs';
  }
  return null;
}
