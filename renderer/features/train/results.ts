/** What an evaluation says beyond one number: per class, and which samples were most wrong. Pure. */
import type { Evaluation } from '../../../compute/worker/protocol';

export interface ClassResult {
  /** Samples of this true class. */
  readonly count: number;
  readonly right: number;
  /** right / count; 0 without samples. */
  readonly recall: number;
  /** right / predicted as this class; 0 where nothing was. */
  readonly precision: number;
}

export function classResults(confusion: Evaluation['confusion']): readonly ClassResult[] {
  return confusion.map((row, index) => {
    const count = row.reduce((sum, cell) => sum + cell, 0);
    const right = row[index] ?? 0;
    const predicted = confusion.reduce((sum, other) => sum + (other[index] ?? 0), 0);
    return { count, right, recall: count === 0 ? 0 : right / count, precision: predicted === 0 ? 0 : right / predicted };
  });
}

export interface Mistake {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  readonly loss: number;
}

/** How many labels a sample has: one, or one a position. */
const labelsPerSample = ({ predictions, losses }: Pick<Evaluation, 'predictions' | 'losses'>): number =>
  losses.length === 0 ? 1 : predictions.length / losses.length;

export interface Confused {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
  /** Of all of this true class. */
  readonly share: number;
}

/** The pairs of classes that are taken for each other most often, most often first. */
export function largestConfusions(confusion: Evaluation['confusion'], limit: number): readonly Confused[] {
  const found = confusion.flatMap((row, label) => {
    const total = row.reduce((sum, cell) => sum + cell, 0);
    return row.flatMap((count, predicted) =>
      count === 0 || predicted === label ? [] : [{ label, predicted, count, share: count / total }],
    );
  });
  return found.sort((a, b) => b.count - a.count || b.share - a.share).slice(0, limit);
}

export interface SampleLoss {
  readonly index: number;
  /** The mean over its positions. */
  readonly loss: number;
  /** Positions that are predicted right, of so many. */
  readonly right: number;
  readonly positions: number;
}

/** Where labels are by position: all samples with how many positions are right, highest loss first. */
export function byLoss(evaluation: Pick<Evaluation, 'predictions' | 'losses'>, labels: Int32Array): readonly SampleLoss[] {
  const positions = labelsPerSample(evaluation);
  return Array.from(evaluation.losses, (loss, index) => {
    let right = 0;
    for (let place = index * positions; place < (index + 1) * positions; place++)
      if (evaluation.predictions[place] === labels[place]) right++;
    return { index, loss, right, positions };
  }).sort((a, b) => weight(b.loss) - weight(a.loss) || a.index - b.index);
}

/** A loss that is no number counts as the highest. */
const weight = (loss: number): number => (Number.isNaN(loss) ? Infinity : loss);

/** Wrongly predicted samples, highest loss first; a loss that is no number counts as the highest. */
export function mostWrong(
  { predictions, losses }: Pick<Evaluation, 'predictions' | 'losses'>,
  labels: Int32Array,
  limit: number,
): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  for (let index = 0; index < predictions.length; index++) {
    const predicted = predictions[index] ?? -1;
    const label = labels[index] ?? -1;
    if (predicted !== label) mistakes.push({ index, label, predicted, loss: losses[index] ?? NaN });
  }
  return mistakes.sort((a, b) => (weight(a.loss) === weight(b.loss) ? a.index - b.index : weight(b.loss) - weight(a.loss))).slice(0, limit);
}

/** Samples of one cell of the confusion matrix, in order; where labels are by position, those with such a position. */
export function cellSamples(
  evaluation: Pick<Evaluation, 'predictions' | 'losses'>,
  labels: Int32Array,
  label: number,
  predicted: number,
): readonly number[] {
  const found = new Set<number>();
  const size = labelsPerSample(evaluation);
  evaluation.predictions.forEach((answer, place) => {
    if (answer === predicted && labels[place] === label) found.add(Math.floor(place / size));
  });
  return [...found];
}

/** The probability of the true class, which the loss of one sample says exactly if it is cross-entropy: exp(−loss). */
export const trueProbability = (loss: number): number => Math.exp(-loss);

/** What a network says of one target: true value and estimate of each sample, in the split's order. */
export interface TargetResults {
  readonly truth: Float32Array;
  readonly estimates: Float32Array;
  /** estimate − truth */
  readonly residuals: Float32Array;
}

/** `labels` and `estimates` stand sample after sample, a number for each of `targets`. */
export function targetResults(labels: Float32Array, estimates: Float32Array, targets: number, target: number): TargetResults {
  const count = Math.floor(Math.min(labels.length, estimates.length) / Math.max(1, targets));
  const column = (of: Float32Array): Float32Array => Float32Array.from({ length: count }, (_, row) => of[row * targets + target] ?? NaN);
  const truth = column(labels);
  const told = column(estimates);
  return { truth, estimates: told, residuals: told.map((value, row) => value - (truth[row] ?? NaN)) };
}

/** Samples by how far off one of their numbers is, the farthest first. */
export const farthestOff = ({ residuals }: TargetResults, limit: number): readonly number[] =>
  Array.from(residuals, (residual, index) => ({ index, distance: Number.isNaN(residual) ? Infinity : Math.abs(residual) }))
    .sort((a, b) => b.distance - a.distance || a.index - b.index)
    .slice(0, limit)
    .map(({ index }) => index);
