/** Gated recurrent units. Over all steps of a sequence in one operation, and its gradient. */
import type { Tensor } from '../graph/tensor';
import { recurrenceOf, runRecurrence } from './recurrence';
import { gruCell } from './recurrent-cell';

const gru = recurrenceOf(gruCell);
export const gruOperation = gru.forward;
export const gruGradientOperation = gru.gradient;

/**
 * Hidden values [N, T, H] from projections of the input [N, T, 3·H], gates r z n, recurrent weights [H, 3·H] and their bias
 * [3·H]; `reverse` walks from the last step to the first. Throws a ShapeError.
 */
export const gruSequence = (projected: Tensor, weight: Tensor, bias: Tensor, reverse: boolean): Tensor =>
  runRecurrence(gru, projected, weight, bias, reverse);
