/** Calls about exports. */
import * as v from 'valibot';
import { count, json, name, token } from './primitives';

export const exportFormatNames = ['onnx', 'safetensors', 'tfjs', 'keras', 'h5', 'npz', 'pytorch'] as const;

/** How the written file was held against what Hebb computed; null where there were no samples. */
const exportCheck = v.object({
  runtime: v.literal('onnxruntime'),
  /** `model`: the whole model was read from the file; `weights`: the weights were, and the network is the one that was exported. */
  read: v.picklist(['model', 'weights']),
  samples: count,
  /** The largest difference of an output. */
  difference: v.number(),
  /** What is allowed: 1e-4 of the largest output, or of 1 where all are smaller. */
  limit: v.number(),
});

export const exportCalls = {
  /**
   * Exports the network with weights uploaded as safetensors. `material` is an upload with samples, the network's outputs for them
   * and the numbers by which samples are normalised (compute/export/check-material.ts): what was written is compared with it
   * before it counts. `settings` and `dataset` are for a PyTorch project, with the data set copied into it `withData`. Location
   * is for display.
   */
  'exports.write': {
    request: v.object({
      project: token,
      format: v.picklist(exportFormatNames),
      document: json,
      weights: token,
      material: v.nullable(token),
      settings: json,
      dataset: v.nullable(v.string()),
      withData: v.boolean(),
      folder: v.nullable(token),
      name,
    }),
    response: v.object({
      location: v.string(),
      bytes: count,
      check: v.nullable(exportCheck),
      /** What the numbers of a sample, and of what is told, mean, where the data set was a table: a line a column, as it stands in the file. */
      columns: v.array(v.string()),
    }),
  },
} as const;
