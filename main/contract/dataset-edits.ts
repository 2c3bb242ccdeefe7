/**
 * Calls that change a data set of a person's own. Each names the revision that it was made for and is refused where
 * another came between (`dataset.changed`); each answers with the data set as it is then, or leaves everything as it was.
 */
import * as v from 'valibot';
import { datasetSummary } from './datasets';
import { count, name, nothing, token } from './primitives';

const id = v.string();
const className = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const split = v.picklist(['train', 'validation', 'test', 'excluded']);
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const edited = { id, revision: count };

export const datasetEditCalls = {
  /**
   * `indices` count in the table of all samples. `label` and `split` null leave what is there. `classes` names the classes anew,
   * more of them than there were adds classes. Of a bundled data set a copy is made under a new id, and changed.
   */
  'datasets.edit': {
    request: v.object({
      ...edited,
      edits: v.pipe(
        v.array(v.object({ indices: v.array(count), label: v.nullable(count), split: v.nullable(split) })),
        v.maxLength(10_000),
      ),
      classes: v.optional(v.pipe(v.array(className), v.minLength(1), v.maxLength(65_536))),
    }),
    response: datasetSummary,
  },
  /**
   * Divides all samples anew that are not excluded. Stratified: the same shares of each class. Together: samples that are the same go to
   * one split, as far as it is known which are (`repeats`). A bundled data set is copied first.
   */
  'datasets.resplit': {
    request: v.object({
      ...edited,
      validation: fraction,
      test: fraction,
      stratified: v.boolean(),
      together: v.optional(v.boolean(), false),
      seed: count,
    }),
    response: datasetSummary,
  },
  /** Brings back labels, classes and splits as they were at one of the latest 20 revisions (`to`); itself a new revision. */
  'datasets.revert': { request: v.object({ ...edited, to: count }), response: datasetSummary },
  'datasets.rename': { request: v.object({ id, name }), response: datasetSummary },
  /** A copy that can be edited, of a bundled one too. */
  'datasets.copy': { request: v.object({ id, name, job: v.optional(v.string()) }), response: datasetSummary },
  /** Takes it out of the list; it can be restored for a week. */
  'datasets.remove': { request: v.object({ id }), response: nothing },
  'datasets.restore': { request: v.object({ id }), response: datasetSummary },
  /**
   * Samples made in the window, drawn or seen by the camera: an upload of bytes, one sample after another, and the class of each as
   * a place in `classes`. They extend the data set of this id, whose samples must be bytes of that shape; classes that are new
   * are added, whatever is called the same is the same. `id` null makes a new data set of all the classes.
   */
  'datasets.append': {
    request: v.object({
      id: v.nullable(id),
      /** Of a new one. */
      name,
      sampleShape: v.pipe(v.array(v.pipe(count, v.minValue(1))), v.minLength(1), v.maxLength(4)),
      classes: v.pipe(v.array(className), v.minLength(1), v.maxLength(1000)),
      samples: token,
      labels: v.pipe(v.array(count), v.minLength(1), v.maxLength(100_000)),
      /** Where the new samples go, by lot. */
      splits: v.object({ validation: fraction, test: fraction, seed: count }),
    }),
    response: datasetSummary,
  },
} as const;
