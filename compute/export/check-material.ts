/**
 * What an export is checked with: real samples as the data set holds them, the network's outputs for them, and the numbers by
 * which samples are normalised and augmented and targets told. As safetensors on the way between those who compute and those who write. Pure.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from '../graph/safetensors';
import type { Ends } from './normalization';

/** How many samples are compared. */
export const CHECKED_SAMPLES = 64;

export interface CheckMaterial extends Ends {
  /** [n, …]; tokens are i32. */
  readonly samples: SafetensorsEntry;
  /** In the units of the data set. */
  readonly outputs: SafetensorsEntry;
  /** Statistics.colours: what some augmentations are drawn with, 3 × 3; null where none asks for them. */
  readonly colours: readonly number[] | null;
}

const AXIS = 'normalized axis';

export function encodeCheckMaterial({ samples, outputs, normalization, targets, colours }: CheckMaterial): Uint8Array<ArrayBuffer> {
  const tensors: SafetensorsEntry[] = [
    { ...samples, name: 'samples' },
    { ...outputs, name: 'outputs' },
  ];
  const numbers = (name: string, values: readonly number[]): SafetensorsEntry => ({
    name,
    shape: [values.length],
    data: Float64Array.from(values),
  });
  if (colours !== null) tensors.push(numbers('colours', colours));
  if (targets !== null) tensors.push(numbers('target mean', targets.mean), numbers('target deviation', targets.deviation));
  if (normalization === null) return encodeSafetensors(tensors);
  const { axis, mean, deviation } = normalization;
  return encodeSafetensors([...tensors, numbers('mean', mean), numbers('deviation', deviation)], { [AXIS]: String(axis) });
}

/** Problems: safetensors.*, export.material where the tensors are not those of such a file. */
export function decodeCheckMaterial(bytes: Uint8Array): Outcome<CheckMaterial> {
  const decoded = decodeSafetensors(bytes);
  if (!decoded.ok) return decoded;
  const { tensors, metadata } = decoded.value;
  const find = (name: string): SafetensorsEntry | undefined => tensors.find((tensor) => tensor.name === name);
  const [samples, outputs, colours] = ['samples', 'outputs', 'colours'].map(find);
  const scale = (of: string) => {
    const [mean, deviation] = [`${of}mean`, `${of}deviation`].map(find);
    return mean === undefined || deviation === undefined ? null : { mean: [...mean.data], deviation: [...deviation.data] };
  };
  const axis = Number(metadata[AXIS] ?? 0);
  if (samples === undefined || outputs === undefined || samples.shape[0] !== outputs.shape[0] || !Number.isInteger(axis))
    return failure('export.material');
  const normalization = scale('');
  return success({
    samples,
    outputs,
    normalization: normalization === null ? null : { axis, ...normalization },
    targets: scale('target '),
    colours: colours === undefined ? null : [...colours.data],
  });
}
