/** A snapshot as files: two of safetensors and a state in JSON. It knows no disk; names inside are PyTorch's. */
import type { DeviceDescription } from '../devices/device';
import type { ModelDocument } from '../graph/model-document';
import { ProblemError, failure, success, type Outcome } from '../graph/problem';
import { decodeSafetensors, encodeSafetensors } from '../graph/safetensors';
import type { TrainingSettings } from '../graph/training-settings';
import type { TrainingPosition } from './progress';
import type { Snapshot } from './snapshot';

/** A point to go on from: with the tensors, everything that determines the rest of the run. */
export interface CheckpointState {
  readonly version: 1;
  readonly position: TrainingPosition;
  readonly seed: number;
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  readonly device: DeviceDescription;
}

export interface CheckpointFiles {
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly optimizer: Uint8Array<ArrayBuffer>;
}

/** The same snapshot gives the same bytes. */
export const encodeCheckpoint = ({ weights, optimizer }: Pick<Snapshot, 'weights' | 'optimizer'>): CheckpointFiles => ({
  weights: encodeSafetensors(weights, { format: 'pt' }),
  optimizer: encodeSafetensors(optimizer, { format: 'pt' }),
});

/** Problems: `safetensors.*`. */
export function decodeCheckpoint({
  weights,
  optimizer,
}: {
  readonly weights: Uint8Array;
  readonly optimizer: Uint8Array;
}): Outcome<Pick<Snapshot, 'weights' | 'optimizer'>> {
  const first = decodeSafetensors(weights);
  if (!first.ok) return first;
  const second = decodeSafetensors(optimizer);
  if (!second.ok) return second;
  return success({ weights: first.value.tensors, optimizer: second.value.tensors });
}

export function checkpointState({ cursor, model }: Snapshot, stepsPerEpoch: number, device: DeviceDescription): CheckpointState {
  const { document, settings } = model;
  return { version: 1, position: { ...cursor, epochs: settings.epochs, stepsPerEpoch }, seed: settings.seed, document, settings, device };
}

/** The state of another version of Hebb, or a damaged one, is refused before anything is changed. Problem: `checkpoint.state`. */
export function cursorOf({ version, position: { epoch, stepInEpoch, step } }: CheckpointState): Snapshot['cursor'] {
  const whole = [epoch, stepInEpoch, step].every((count) => Number.isSafeInteger(count) && count >= 0);
  // It was a file: the type is what it should be.
  if ((version as number) !== 1 || !whole || stepInEpoch > step) throw new ProblemError(failure('checkpoint.state').problem);
  return { epoch, stepInEpoch, step };
}
