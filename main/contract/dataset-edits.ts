/**
 * Calls that change a data set without touching its samples' values: labels, splits, and samples added at the end. Each
 * answers with the summary of the new revision, which `datasets.open` then opens.
 */
import * as v from 'valibot';
import { datasetSummary } from './datasets';
import { count, name, token } from './primitives';

const index = count;
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const splitOrExcluded = v.picklist(['train', 'validation', 'test', 'excluded']);

export const datasetEditCalls = {
  /**
   * `indices` count in the table of all samples. `label` and `split` null leave what is there. `revision` is that which the
   * person saw: another one is `dataset.changed`. Bundled data sets are copied first, under a new id.
   */
  'datasets.edit': {
    request: v.object({
      id: v.string(),
      revision: count,
      edits: v.pipe(
        v.array(v.object({ indices: v.array(index), label: v.nullable(count), split: v.nullable(splitOrExcluded) })),
        v.maxLength(10_000),
      ),
    }),
    response: datasetSummary,
  },
  /** Draws train, validation and test anew; what is excluded stays so. */
  'datasets.resplit': {
    request: v.object({ id: v.string(), revision: count, validation: fraction, test: fraction, stratified: v.boolean(), seed: count }),
    response: datasetSummary,
  },
  'datasets.rename': { request: v.object({ id: v.string(), name }), response: datasetSummary },
  /**
   * Samples made in the window, drawn or seen by the camera: an upload of bytes, one sample after another, and the class of
   * each. `id` null makes a new data set; else shape and type must be the same, and classes that are new are added.
   */
  'datasets.append': {
    request: v.object({
      id: v.nullable(v.string()),
      name,
      sampleShape: v.pipe(v.array(count), v.minLength(1), v.maxLength(4)),
      classes: v.pipe(v.array(name), v.minLength(1), v.maxLength(1000)),
      samples: token,
      labels: v.pipe(v.array(count), v.minLength(1), v.maxLength(100_000)),
      /** Where the new samples go. */
      splits: v.object({ validation: fraction, test: fraction, seed: count }),
    }),
    response: datasetSummary,
  },
} as const;
