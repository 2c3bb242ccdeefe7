/** Calls about models and weights of other software. */
import * as v from 'valibot';
import { count, json, name, token, url } from './primitives';

const uploadedFile = v.object({ upload: token, name });
const uploadedFiles = v.pipe(v.array(uploadedFile), v.minLength(1), v.maxLength(200));
const sizes = v.array(count);

const nodeNames = { name: v.string(), operator: v.string() };
const remarked = v.array(v.object({ ...nodeNames, reason: v.string() }));

/** How an import went: `refused` is empty where there is a model. Reasons are sentences in English, as the file's own names are. */
const modelReport = v.object({
  source: v.string(),
  converted: v.array(v.object({ ...nodeNames, nodes: v.array(v.string()) })),
  approximated: remarked,
  refused: remarked,
  notes: v.array(v.string()),
});

/** Weights that wait for `weights.keep`; those of the next import take their place. */
const kept = v.object({ kept: token, bytes: count });

export const modelCalls = {
  /**
   * A model as a document with weights (safetensors). Several files where a format has several (model.json and its binaries).
   * `inputShape` is that of one sample, where the file leaves it open; `output` names the node to end at. Long: see jobs.cancel.
   */
  'models.import': {
    request: v.object({
      files: uploadedFiles,
      inputShape: v.nullable(v.pipe(sizes, v.minLength(1), v.maxLength(6))),
      output: v.nullable(v.string()),
      seed: count,
      job: v.string(),
    }),
    response: v.object({ model: v.nullable(v.object({ document: json, weights: kept })), report: modelReport }),
  },
  /** Weights of any file for this network: complete, those that the file has not drawn from the seed. Long: see jobs.cancel. */
  'weights.read': {
    request: v.object({ files: uploadedFiles, document: json, seed: count, job: v.string() }),
    response: v.object({
      weights: kept,
      table: v.array(
        v.object({
          name: v.string(),
          shape: sizes,
          from: v.nullable(v.string()),
          how: v.picklist(['name', 'order', 'missing', 'other-shape']),
          otherShape: v.nullable(sizes),
        }),
      ),
      unexpected: v.array(v.object({ name: v.string(), shape: sizes })),
    }),
  },
  /** Puts weights that were read into the project's folder; the name is for the content's `weights`. */
  'weights.keep': { request: v.object({ project: token, kept: token }), response: v.object({ file: v.string() }) },
  /** Where the training fetches weights of the project. */
  'weights.open': { request: v.object({ project: token, file: v.string() }), response: v.object({ url, bytes: count }) },
} as const;
