/** Calls about data sets. */
import * as v from 'valibot';
import { count, nothing, url } from './primitives';

const shardSource = v.object({ url, bytes: count });

/** What is known of a column of the table that the samples were made of; numbers are of the training split, as they were in the source. */
const datasetColumn = v.object({
  name: v.string(),
  kind: v.picklist(['numeric', 'categorical', 'boolean', 'text', 'image']),
  use: v.picklist(['input', 'target']),
  /** Where its numbers stand in a sample, or in the labels of a target, and how many they are. */
  at: count,
  width: count,
  /** Values that were missing in the source. */
  missing: count,
  /** Null for what is no number. */
  minimum: v.nullable(v.number()),
  maximum: v.nullable(v.number()),
  mean: v.nullable(v.number()),
  deviation: v.nullable(v.number()),
  categories: v.array(v.string()),
  /** Whether its numbers were brought to mean 0 and deviation 1. */
  standardised: v.boolean(),
});

export const datasetSummary = v.object({
  id: v.string(),
  name: v.string(),
  /** Grows with every edit. */
  revision: count,
  sampleShape: v.array(count),
  sampleType: v.picklist(['u8', 'f32', 'i32']),
  /** Of the labels of one sample: [] for one class. */
  labelShape: v.array(count),
  /** Empty where labels are numbers. */
  classes: v.array(v.string()),
  /** What the numbers of f32 labels are; empty where labels are classes. */
  targetNames: v.array(v.string()),
  /** What the numbers of i32 samples stand for, from 0 on. */
  symbols: v.array(v.string()),
  /** Of data sets made of tables. */
  columns: v.array(datasetColumn),
  counts: v.object({ train: count, validation: count, test: count, excluded: count }),
  /** Samples that stand in more than one split, and samples that stand again in theirs; null where nobody looked. */
  repeats: v.nullable(v.object({ acrossSplits: count, withinSplits: count })),
  licence: v.string(),
  bundled: v.boolean(),
});

/** One table of all samples, in shards of whole samples, little-endian. */
const dataset = v.object({
  ...datasetSummary.entries,
  /** Of all samples, those that are excluded too. */
  count,
  sampleShards: v.array(shardSource),
  /** i32, or f32 where targets are named. */
  labelShards: v.array(shardSource),
  /** One byte a sample: 0 train, 1 validation, 2 test, 3 excluded. */
  splitUrl: url,
  /** The name of each sample's source, a JSON string a line; null where none are known. */
  namesUrl: v.nullable(url),
});

export const datasetCalls = {
  'datasets.list': { request: nothing, response: v.array(datasetSummary) },
  /** Prepares the cache if need be (see jobs.read with job `dataset:<id>` for progress). */
  'datasets.open': { request: v.object({ id: v.string() }), response: dataset },
} as const;
