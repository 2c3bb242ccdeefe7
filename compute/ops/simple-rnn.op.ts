/** Plain recurrent units, with tanh or ReLU. Over all steps of a sequence in one operation, and its gradient. */
import type { Tensor } from '../graph/tensor';
import { recurrenceOf, runRecurrence } from './recurrence';
import { tanhCell, reluCell } from './recurrent-cell';

const tanhRnn = recurrenceOf(tanhCell);
export const tanhRnnOperation = tanhRnn.forward;
export const tanhRnnGradientOperation = tanhRnn.gradient;

/**
 * Hidden values [N, T, H] from projections of the input [N, T, H], recurrent weights [H, H] and their bias
 * [H]; `reverse` walks from the last step to the first. Throws a ShapeError.
 */
export const tanhRnnSequence = (projected: Tensor, weight: Tensor, bias: Tensor, reverse: boolean): Tensor =>
  runRecurrence(tanhRnn, projected, weight, bias, reverse);

const reluRnn = recurrenceOf(reluCell);
export const reluRnnOperation = reluRnn.forward;
export const reluRnnGradientOperation = reluRnn.gradient;

/**
 * Hidden values [N, T, H] from projections of the input [N, T, H], recurrent weights [H, H] and their bias
 * [H]; `reverse` walks from the last step to the first. Throws a ShapeError.
 */
export const reluRnnSequence = (projected: Tensor, weight: Tensor, bias: Tensor, reverse: boolean): Tensor =>
  runRecurrence(reluRnn, projected, weight, bias, reverse);
