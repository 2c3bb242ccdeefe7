/** The form of a checkpoint's manifest.json. It knows no disk. */
import * as v from 'valibot';

export const weightsFile = 'weights.safetensors';
export const optimizerFile = 'optimizer.safetensors';
export const stateFile = 'state.json';

const fileSchema = v.object({
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

export const checkpointManifestSchema = v.object({
  format: v.literal('hebb-checkpoint'),
  version: v.literal(1),
  step: v.pipe(v.number(), v.integer(), v.minValue(0)),
  epoch: v.number(),
  /** 0 at the end of an epoch. */
  stepInEpoch: v.optional(v.number(), 0),
  savedAt: v.pipe(v.string(), v.isoTimestamp()),
  validationAccuracy: v.nullable(v.number()),
  /** What the validation split measured at this step, by measure; manifests of earlier versions lack it. */
  validation: v.optional(v.record(v.string(), v.number()), {}),
  files: v.object({ [weightsFile]: fileSchema, [optimizerFile]: fileSchema, [stateFile]: fileSchema }),
});

export type CheckpointManifest = v.InferOutput<typeof checkpointManifestSchema>;
