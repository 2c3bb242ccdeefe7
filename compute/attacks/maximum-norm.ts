/** A step up the loss in the maximum norm: every input moves by the step size, then back into the ball and the range. */
import { add } from '../ops/add.op';
import { maximum } from '../ops/maximum.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { sign } from '../ops/sign.op';
import { subtract } from '../ops/subtract.op';
import type { Tensor } from '../graph/tensor';
import type { AttackContext } from './attack';

/** clip(x + α·sign(∇), clean − ε, clean + ε), then clipped to the range. */
export function ascend({ clean, current, gradient, epsilon, stepSize, range: [least, greatest] }: AttackContext): Tensor {
  const moved = add(current, multiply(sign(gradient), stepSize));
  const inBall = minimum(maximum(moved, subtract(clean, epsilon)), add(clean, epsilon));
  return minimum(maximum(inBall, least), greatest);
}

export const epsilonParameter = {
  type: 'number',
  label: 'ε',
  help: 'How far each input may move. Pixels go from 0 to 1.',
  default: 0.1,
  minimum: 0,
  maximum: 1,
} as const;
