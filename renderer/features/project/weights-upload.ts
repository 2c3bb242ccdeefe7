/**
 * How the weights of the trained network get to the system side: the training feature, which has them, puts its way of
 * uploading them here; the export, which needs them, calls it. So neither feature imports the other in a circle.
 */
import { shallowRef } from 'vue';
import type { ContractResult } from '../../../main/contract/contract';

/** Uploads the weights as safetensors; the answer is the upload's token. */
export type WeightsUpload = () => Promise<ContractResult<string>>;

/** Null until the training feature is there. */
export const weightsUpload = shallowRef<WeightsUpload | null>(null);
