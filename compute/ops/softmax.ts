/** Softmax and its logarithm, composed of other operations. The greatest logit is subtracted first, so that no exponential overflows. */
import type { Tensor } from '../graph/tensor';
import { exp } from './exp.op';
import { divide } from './divide.op';
import { log } from './log.op';
import { max } from './max.op';
import { stopGradient } from './stop-gradient.op';
import { subtract } from './subtract.op';
import { expand, sum } from './sum.op';

function shifted(
  logits: Tensor,
  axis: number,
): { readonly values: Tensor; readonly along: (reduced: Tensor) => Tensor; readonly axis: number } {
  const positive = axis < 0 ? axis + logits.shape.length : axis;
  const along = (reduced: Tensor) => expand(reduced, logits.shape, [positive]);
  // Any constant may be subtracted without changing the result, so the maximum needs no gradient.
  return { values: subtract(logits, along(stopGradient(max(logits, [positive])))), along, axis: positive };
}

/** exp(x) / Σ exp(x) along the axis. */
export function softmax(logits: Tensor, axis = -1): Tensor {
  const { values, along, axis: positive } = shifted(logits, axis);
  const exponentials = exp(values);
  return divide(exponentials, along(sum(exponentials, [positive])));
}

/** x − log Σ exp(x) along the axis. */
export function logSoftmax(logits: Tensor, axis = -1): Tensor {
  const { values, along, axis: positive } = shifted(logits, axis);
  return subtract(values, along(log(sum(exp(values), [positive]))));
}
