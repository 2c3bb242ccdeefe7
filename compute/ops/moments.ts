/** Mean and variance along axes, composed of other operations, in a form whose gradient needs few sums. */
import type { Tensor } from '../graph/tensor';
import { mean } from './mean';
import { square } from './multiply.op';
import { stopGradient } from './stop-gradient.op';
import { subtract } from './subtract.op';
import { expand, normalizeAxes } from './sum.op';

export interface Moments {
  /** Both without the axes. The variance is the biased one: the mean of the squared distances. */
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** x less its mean, of the shape of x. */
  readonly centred: Tensor;
}

/**
 * Mean and biased variance along the axes (negative ones count from the last). The distances from the mean add up to 0,
 * so the variance does not change with the mean to first order: no gradient passes from the one to the other, and all sums
 * of the gradient can be taken at once. Second derivatives through the variance would lack that term.
 */
export function moments(x: Tensor, axes: readonly number[]): Moments {
  const along = normalizeAxes(x.shape.length, axes);
  const average = mean(x, along);
  const distance = subtract(x, expand(stopGradient(average), x.shape, along));
  return { mean: average, variance: mean(square(distance), along), centred: subtract(x, expand(average, x.shape, along)) };
}
