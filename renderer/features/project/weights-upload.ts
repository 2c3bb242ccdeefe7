/**
 * How the weights of the trained network get to the system side: the training feature, which has them, puts its way of
 * uploading them here; the export, which needs them, calls it. So neither feature imports the other in a circle.
 */
import { shallowRef } from 'vue';
import type { Explainable } from '../../language/problem-text';

/** Uploads the weights as safetensors; the answer is the upload's token. */
export type WeightsUpload = () => Promise<
  { readonly ok: true; readonly value: string } | { readonly ok: false; readonly error: Explainable }
>;

/** Null until the training feature is there. */
export const weightsUpload = shallowRef<WeightsUpload | null>(null);
