/** Long short-term memory. Over all steps of a sequence in one operation, and its gradient. */
import type { Tensor } from '../graph/tensor';
import { recurrenceOf, runRecurrence } from './recurrence';
import { lstmCell } from './recurrent-cell';

const lstm = recurrenceOf(lstmCell);
export const lstmOperation = lstm.forward;
export const lstmGradientOperation = lstm.gradient;

/**
 * Hidden values [N, T, H] from projections of the input [N, T, 4·H], gates i f g o, recurrent weights [H, 4·H] and their bias
 * [4·H]; `reverse` walks from the last step to the first. Throws a ShapeError.
 */
export const lstmSequence = (projected: Tensor, weight: Tensor, bias: Tensor, reverse: boolean): Tensor =>
  runRecurrence(lstm, projected, weight, bias, reverse);
