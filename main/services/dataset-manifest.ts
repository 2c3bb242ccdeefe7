/** The form of a data set's manifest.json, version 2: one table of all samples in shards, and the split of each. It knows no disk. */
import * as v from 'valibot';
import { splitNames } from '../../compute/graph/sample-splits';
import { sizeOf } from '../../compute/graph/tensor';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const axes = v.array(v.pipe(v.number(), v.integer(), v.minValue(1)));
const names = v.array(v.string());
export const shardSchema = v.object({
  file: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,60}\.(u8|u32|f32|i32|jsonl)$/)),
  bytes: whole,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});
export type Shard = v.InferOutput<typeof shardSchema>;

/** What is known of a column of the table that the samples were made of. Numbers are of the training split, as they were in the source. */
export const columnSchema = v.object({
  name: v.string(),
  kind: v.picklist(['numeric', 'categorical', 'boolean', 'text', 'image']),
  use: v.picklist(['input', 'target']),
  /** Where its numbers stand in a sample, or in the labels of a target, and how many they are. */
  at: whole,
  width: whole,
  /** Values that were missing in all of the source. */
  missing: whole,
  /** Null for what is no number. */
  minimum: v.nullable(v.number()),
  maximum: v.nullable(v.number()),
  mean: v.nullable(v.number()),
  deviation: v.nullable(v.number()),
  categories: names,
  /** Whether its numbers were brought to mean 0 and deviation 1. */
  standardised: v.boolean(),
});
export type DatasetColumn = v.InferOutput<typeof columnSchema>;

const countsSchema = v.object({ train: whole, validation: whole, test: whole, excluded: whole });

export const datasetManifestSchema = v.object({
  format: v.literal('hebb-dataset'),
  version: v.literal(2),
  /** Grows with every edit. */
  revision: v.pipe(whole, v.minValue(1)),
  id: v.string(),
  name: v.string(),
  source: v.string(),
  licence: v.string(),
  sampleShape: v.pipe(axes, v.minLength(1)),
  sampleType: v.picklist(['u8', 'f32', 'i32']),
  /** Of the labels of one sample; [] for one label. */
  labelShape: axes,
  /** Empty where labels are numbers. */
  classes: names,
  /** What the numbers of f32 labels are; empty where labels are classes. */
  targetNames: names,
  /** What the numbers of i32 samples stand for. */
  symbols: names,
  columns: v.array(columnSchema),
  count: whole,
  samples: v.array(shardSchema),
  labels: v.array(shardSchema),
  /** One byte a sample: 0 train, 1 validation, 2 test, 3 excluded. */
  splits: shardSchema,
  /** u32 a sample: where it stands in its source, counted from 0. */
  positions: shardSchema,
  /** A JSON string a line: the name of each sample's source. */
  names: v.nullable(shardSchema),
  counts: countsSchema,
  /** Samples that stand in it more than once (repeated-samples.ts): pairs of u32, and what they come to now; null where nobody looked. */
  repeats: v.optional(
    v.nullable(v.object({ step: v.pipe(whole, v.minValue(1)), shard: shardSchema, acrossSplits: whole, withinSplits: whole })),
    null,
  ),
  /** What edits replaced, the latest first: it can be brought back. */
  history: v.optional(
    v.array(v.object({ revision: whole, classes: names, labels: v.array(shardSchema), splits: shardSchema, counts: countsSchema })),
    [],
  ),
  /** What the import was asked for; null where there was none. */
  options: v.unknown(),
});
export type DatasetManifest = v.InferOutput<typeof datasetManifestSchema>;

/** All that the samples are now made of; what edits replaced is not among it. */
export const shardsOf = ({ samples, labels, splits, positions, names: named, repeats }: DatasetManifest): readonly Shard[] => [
  ...samples,
  ...labels,
  splits,
  positions,
  ...(named === null ? [] : [named]),
  ...(repeats === null ? [] : [repeats.shard]),
];

/** Of a sample, in bytes. */
export const sampleBytesOf = ({ sampleShape, sampleType }: Pick<DatasetManifest, 'sampleShape' | 'sampleType'>): number =>
  sizeOf(sampleShape) * (sampleType === 'u8' ? 1 : 4);

/** The sizes that the manifest claims must be those that shape, type and counts ask for; every file stands in it once. */
export function isConsistent(manifest: DatasetManifest): boolean {
  const { count, counts, labelShape, samples, labels, splits, positions, targetNames, repeats } = manifest;
  const holds = (shards: readonly Shard[], width: number, type: string): boolean =>
    shards.every(({ bytes, file }) => bytes % width === 0 && file.endsWith(`.${type}`)) &&
    shards.reduce((sum, { bytes }) => sum + bytes, 0) === count * width;
  const files = shardsOf(manifest).map(({ file }) => file);
  return (
    Number.isSafeInteger(count * sampleBytesOf(manifest)) &&
    holds(samples, sampleBytesOf(manifest), manifest.sampleType) &&
    holds(labels, 4 * sizeOf(labelShape), targetNames.length > 0 ? 'f32' : 'i32') &&
    holds([splits], 1, 'u8') &&
    holds([positions], 4, 'u32') &&
    (repeats === null || (repeats.shard.bytes % 8 === 0 && repeats.shard.file.endsWith('.u32'))) &&
    splitNames.reduce((sum, split) => sum + counts[split], counts.excluded) === count &&
    new Set(files).size === files.length
  );
}
