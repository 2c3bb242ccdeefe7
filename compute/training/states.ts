/** The small states of a training on its device, and the ring of what its steps measured. They lie beside weights and data. */
import type { StateReference } from '../plan/program';
import type { Dataset } from './dataset';

const state = (arena: string, shape: readonly number[], type: 'f32' | 'i32'): StateReference => ({ arena, offset: 0, shape, type });

/** Steps taken since the weights were initialised. */
export const stepState = state('step', [1], 'i32');
/** Of the random numbers: the settings' seed and 0. */
export const seedState = state('seed', [2], 'i32');
/** Samples of this epoch that were used. */
export const positionState = state('position', [1], 'i32');
/** 1 once a step was not taken, because of a number that is not finite or a rule that ends training; nothing moves after it. */
export const haltedState = state('halted', [1], 'f32');
/** Of the latest step: 1 if it was taken, BAD_NUMBER if some number is not finite, 0 if a rule ends training there. */
export const outcomeState = state('outcome', [1], 'f32');
export const BAD_NUMBER = -1;
/** Of the latest batch. */
export const lossState = state('loss', [1], 'f32');
/** Of the latest batch: which part of it was predicted right, or where labels are numbers the mean absolute error. */
export const measureState = state('measure', [1], 'f32');
/** Euclidean norm of the gradient of all weights, where something asks for it. */
export const gradientNormState = state('gradientNorm', [1], 'f32');

/** Steps whose row the device keeps before it is overwritten. */
export const RING_STEPS = 1024;
/** Loss, accuracy or mean absolute error, norm of the gradient, and the outcome of the step. */
export const RING_COLUMNS = 4;
export const OUTCOME_COLUMN = 3;
export const ringState = state('metrics', [RING_STEPS, RING_COLUMNS], 'f32');

/** The order of the samples in this epoch. */
export const permutationState = ({ splits }: Dataset): StateReference => state('permutation', [splits.train.count], 'i32');

/** Batches, the last of which may not be full, in an epoch. */
export const stepsPerEpochOf = ({ splits: { train } }: Dataset, batchSize: number): number =>
  Math.ceil(train.count / Math.min(batchSize, train.count));

/** The learning rate of each step of an epoch; that of step s (counted from the first of all) lies at s mod n. */
export const ratesState = (dataset: Dataset, batchSize: number): StateReference =>
  state('learningRates', [stepsPerEpochOf(dataset, batchSize)], 'f32');

/** The rates of an epoch that begins with this step, in the order in which they lie. */
export function ratesInOrder(rates: Float64Array, firstStep: number): Float64Array<ArrayBuffer> {
  const count = rates.length;
  return Float64Array.from({ length: count }, (_, place) => rates[(((place - firstStep) % count) + count) % count] ?? 0);
}
