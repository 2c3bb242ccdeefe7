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
  const weight = (loss: number) => (Number.isNaN(loss) ? Infinity : loss);
  return mistakes.sort((a, b) => (weight(a.loss) === weight(b.loss) ? a.index - b.index : weight(b.loss) - weight(a.loss))).slice(0, limit);
}

/** Samples of one cell of the confusion matrix, in order. */
export function cellSamples(predictions: Int32Array, labels: Int32Array, label: number, predicted: number): readonly number[] {
  const found: number[] = [];
  for (let index = 0; index < predictions.length; index++)
    if (predictions[index] === predicted && labels[index] === label) found.push(index);
  return found;
}

/** The probability of the true class, which the loss of one sample says exactly if it is cross-entropy: exp(−loss). */
export const trueProbability = (loss: number): number => Math.exp(-loss);
