/** How long a training is, in steps, epochs and samples. Pure. */

export interface TrainingLength {
  /** Samples in the training split. */
  readonly samples: number;
  /** At most the samples there are. */
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  /** In all; the last epoch may stay unfinished. */
  readonly steps: number;
}

/** `steps`, where given, decides how many epochs are begun. */
export function lengthOf(
  samples: number,
  settings: { readonly batchSize: number; readonly epochs: number },
  steps: number | null,
): TrainingLength {
  const batchSize = Math.min(settings.batchSize, samples);
  const stepsPerEpoch = Math.ceil(samples / batchSize);
  const epochs = steps === null ? settings.epochs : Math.ceil(steps / stepsPerEpoch);
  return { samples, batchSize, stepsPerEpoch, epochs, steps: steps ?? epochs * stepsPerEpoch };
}

/** Samples in the first `steps` steps: the last batch of an epoch may be smaller. */
export const samplesIn = (steps: number, { samples, batchSize, stepsPerEpoch }: TrainingLength): number =>
  Math.floor(steps / stepsPerEpoch) * samples + Math.min(samples, (steps % stepsPerEpoch) * batchSize);
