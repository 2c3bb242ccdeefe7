/** Calls about data sets. */
import * as v from 'valibot';
import { count, name, nothing, token, url } from './primitives';

const splitSource = v.object({ count, sampleUrls: v.array(url), labelUrls: v.array(url), first: count });

const datasetSummary = v.object({
  id: v.string(),
  name: v.string(),
  sampleShape: v.array(count),
  sampleType: v.picklist(['u8', 'f32', 'i32']),
  /** Of the labels of one sample: [] for one class. */
  labelShape: v.array(count),
  classes: v.array(v.string()),
  /** What the numbers of i32 samples stand for, from 0 on. */
  symbols: v.array(v.string()),
  counts: v.object({ train: count, validation: count, test: count }),
  licence: v.string(),
  bundled: v.boolean(),
});

const dataset = v.object({
  ...datasetSummary.entries,
  splits: v.object({ train: splitSource, validation: splitSource, test: splitSource }),
});

export const datasetCalls = {
  'datasets.list': { request: nothing, response: v.array(datasetSummary) },
  /** Prepares the cache if need be (see jobs.read with job `dataset:<id>` for progress). */
  'datasets.open': { request: v.object({ id: v.string() }), response: dataset },
  /** Two uploaded files, in either order; `testFraction` of them becomes the test split. */
  'datasets.importIdx': {
    request: v.object({ name, uploads: v.pipe(v.array(token), v.length(2)), job: v.optional(v.string()) }),
    response: datasetSummary,
  },
} as const;
