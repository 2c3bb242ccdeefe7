/** Averages, composed of other operations. */
import type { Tensor } from '../graph/tensor';
import { multiply } from './multiply.op';
import { normalizeAxes, sum } from './sum.op';

/** Mean along the axes, which are removed; along all of them if none are given. Negative axes count from the last. */
export function mean(tensor: Tensor, axes?: readonly number[]): Tensor {
  const normalized = normalizeAxes(tensor.shape.length, axes);
  const count = normalized.reduce((product, axis) => product * (tensor.shape[axis] ?? 1), 1);
  return multiply(sum(tensor, normalized), 1 / count);
}
