/** Standard normal numbers, composed of other operations (Box, Muller, 1958). */
import type { Tensor } from '../graph/tensor';
import { cosine } from './sine.op';
import { log } from './log.op';
import { multiply } from './multiply.op';
import { sqrt } from './sqrt.op';
import { subtract } from './subtract.op';

/** From two tensors of independent uniform numbers in [0, 1), of one shape; the first is never so near to 1 that its logarithm fails. */
export const normalOf = (first: Tensor, second: Tensor): Tensor =>
  multiply(sqrt(multiply(log(subtract(1, first)), -2)), cosine(multiply(second, 2 * Math.PI)));
