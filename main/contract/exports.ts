/** Calls about exports. */
import * as v from 'valibot';
import { count, json, name, token } from './primitives';

export const exportCalls = {
  /** Exports the network with weights uploaded as safetensors; checks the file it wrote. Location is for display. */
  'exports.write': {
    request: v.object({
      project: token,
      format: v.picklist(['onnx', 'safetensors']),
      document: json,
      weights: token,
      folder: v.nullable(token),
      name,
    }),
    response: v.object({ location: v.string(), bytes: count }),
  },
} as const;
