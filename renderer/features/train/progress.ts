/** Where a training is, in the numbers that a person reads. Pure. */
import type { TrainingPosition } from '../../../compute/worker/protocol';

export interface Progress {
  /** The epoch at work, from 1; the last one when all are done. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done of this epoch. */
  readonly step: number;
  readonly steps: number;
  /** Of the whole training, 0 … 1. */
  readonly fraction: number;
}

export function progressOf({ epoch, epochs, stepInEpoch, stepsPerEpoch }: TrainingPosition): Progress {
  const total = epochs * stepsPerEpoch;
  const done = Math.min(epoch * stepsPerEpoch + stepInEpoch, total);
  // At the end of an epoch its last step is shown rather than step 0 of one that may never begin.
  const atEnd = stepInEpoch === 0 && epoch > 0;
  return {
    epoch: Math.max(1, Math.min(atEnd ? epoch : epoch + 1, epochs)),
    epochs,
    step: atEnd ? stepsPerEpoch : stepInEpoch,
    steps: stepsPerEpoch,
    fraction: total === 0 ? 0 : done / total,
  };
}
