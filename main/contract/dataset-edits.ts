/**
 * Calls that change a data set of a person's own. Each names the revision that it was made for and is refused where
 * another came between (`dataset.changed`); each answers with the data set as it is then, or leaves everything as it was.
 */
import * as v from 'valibot';
import { datasetSummary } from './datasets';
import { count, name, nothing, token } from './primitives';

const id = v.string();
/** Places in the table of all samples. */
const places = v.pipe(v.array(count), v.minLength(1), v.maxLength(10_000_000));
const className = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const split = v.picklist(['train', 'validation', 'test', 'excluded']);
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(0.9));
const edited = { id, revision: count };

export const datasetEdit = v.variant('kind', [
  /** Gives samples another class. */
  v.object({ kind: v.literal('relabel'), places, label: count }),
  /** Moves samples to a split, or excludes them. */
  v.object({ kind: v.literal('assign'), places, split }),
  /** Names the classes anew; more names than there were add classes. */
  v.object({ kind: v.literal('classes'), names: v.pipe(v.array(className), v.minLength(1), v.maxLength(65_536)) }),
]);

export const datasetEditCalls = {
  'datasets.edit': { request: v.object({ ...edited, edits: v.pipe(v.array(datasetEdit), v.minLength(1)) }), response: datasetSummary },
  /** Divides all samples anew that are not excluded. Stratified: the same shares of each class. */
  'datasets.resplit': {
    request: v.object({ ...edited, validation: fraction, test: fraction, stratified: v.boolean(), seed: count }),
    response: datasetSummary,
  },
  /** Brings back labels, classes and splits as they were at one of the latest 20 revisions (`to`); itself a new revision. */
  'datasets.revert': { request: v.object({ ...edited, to: count }), response: datasetSummary },
  'datasets.rename': { request: v.object({ ...edited, name }), response: datasetSummary },
  /** A copy that can be edited, of a bundled one too. */
  'datasets.copy': { request: v.object({ id, name, job: v.optional(v.string()) }), response: datasetSummary },
  /** Takes it out of the list; it can be restored for a week. */
  'datasets.remove': { request: v.object({ id }), response: nothing },
  'datasets.restore': { request: v.object({ id }), response: datasetSummary },
  /**
   * Samples that were drawn or taken with a camera: bytes [channels, height, width] one after another, in an upload, each with the name of its
   * class. They extend the data set of this id, whose samples must be bytes of that shape; without an id they become a new one.
   */
  'datasets.append': {
    request: v.object({
      extend: v.nullable(v.object(edited)),
      /** Of a new one. */
      name,
      sampleShape: v.pipe(v.array(v.pipe(count, v.minValue(1))), v.length(3)),
      upload: token,
      labels: v.pipe(v.array(className), v.minLength(1), v.maxLength(100_000)),
      /** Where all of them go; null: one in ten for validation, one in ten for the test, by lot. */
      split: v.nullable(split),
    }),
    response: datasetSummary,
  },
} as const;
