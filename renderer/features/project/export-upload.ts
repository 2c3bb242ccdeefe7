/**
 * How what an export needs of the trained network gets to the system side: the training feature, which has it, puts its way of
 * uploading it here; the export, which needs it, calls it. So neither feature imports the other in a circle.
 */
import { shallowRef } from 'vue';
import type { Explainable } from '../../language/problem-text';

/** Uploads the weights as safetensors, and samples with the network's outputs for them; the answer are the uploads' tokens. */
export type ExportUpload = () => Promise<
  | { readonly ok: true; readonly value: { readonly weights: string; readonly material: string } }
  | { readonly ok: false; readonly error: Explainable }
>;

/** Null until the training feature is there. */
export const exportUpload = shallowRef<ExportUpload | null>(null);
