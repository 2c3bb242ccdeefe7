/**
 * What an export is checked with: real samples as the data set holds them, the network's outputs for them, and the numbers by
 * which samples are normalised. As safetensors on the way between those who compute and those who write. Pure.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from '../graph/safetensors';
import type { SampleNormalization } from './normalization';

/** How many samples are compared. */
export const CHECKED_SAMPLES = 64;

export interface CheckMaterial {
  /** [n, …]; tokens are i32. */
  readonly samples: SafetensorsEntry;
  readonly outputs: SafetensorsEntry;
  readonly normalization: SampleNormalization | null;
}

const AXIS = 'normalized axis';

export function encodeCheckMaterial({ samples, outputs, normalization }: CheckMaterial): Uint8Array<ArrayBuffer> {
  const tensors = [
    { ...samples, name: 'samples' },
    { ...outputs, name: 'outputs' },
  ];
  if (normalization === null) return encodeSafetensors(tensors);
  const { axis, mean, deviation } = normalization;
  const numbers = (name: string, values: readonly number[]): SafetensorsEntry => ({
    name,
    shape: [values.length],
    data: Float64Array.from(values),
  });
  return encodeSafetensors([...tensors, numbers('mean', mean), numbers('deviation', deviation)], { [AXIS]: String(axis) });
}

/** Problems: safetensors.*, export.material where the tensors are not those of such a file. */
export function decodeCheckMaterial(bytes: Uint8Array): Outcome<CheckMaterial> {
  const decoded = decodeSafetensors(bytes);
  if (!decoded.ok) return decoded;
  const { tensors, metadata } = decoded.value;
  const find = (name: string): SafetensorsEntry | undefined => tensors.find((tensor) => tensor.name === name);
  const [samples, outputs, mean, deviation] = ['samples', 'outputs', 'mean', 'deviation'].map(find);
  const axis = Number(metadata[AXIS] ?? 0);
  if (samples === undefined || outputs === undefined || samples.shape[0] !== outputs.shape[0] || !Number.isInteger(axis))
    return failure('export.material');
  const normalization =
    mean === undefined || deviation === undefined ? null : { axis, mean: [...mean.data], deviation: [...deviation.data] };
  return success({ samples, outputs, normalization });
}
