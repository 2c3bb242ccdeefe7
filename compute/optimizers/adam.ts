/** What Adam and AdamW share: the step of Kingma and Ba (2015), in the order of operations of PyTorch, with bias correction. */
import type { ParameterSchema } from '../graph/parameter-schema';
import type { Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { constant } from '../ops/constant.op';
import { divide } from '../ops/divide.op';
import { expm1 } from '../ops/expm1.op';
import { multiply, square } from '../ops/multiply.op';
import { negate } from '../ops/negate.op';
import { sqrt } from '../ops/sqrt.op';
import { subtract } from '../ops/subtract.op';
import { decayed, slotOf, type UpdateContext } from './optimizer';

export const adamParameters = {
  beta1: {
    type: 'number',
    label: 'β₁',
    help: 'How long the average of the gradient remembers.',
    default: 0.9,
    minimum: 0,
    maximum: 0.9999,
  },
  beta2: {
    type: 'number',
    label: 'β₂',
    help: 'How long the average of its square remembers.',
    default: 0.999,
    minimum: 0,
    maximum: 0.99999,
  },
  epsilon: {
    type: 'number',
    label: 'Epsilon',
    help: 'Added to the divisor, so that nothing is divided by zero.',
    default: 1e-8,
    minimum: 1e-12,
    maximum: 1,
    scale: 'logarithmic',
  },
} as const satisfies ParameterSchema;

export const adamSlots = ['exp_avg', 'exp_avg_sq'];

/** 1 − βᵗ = −(e^(t·ln β) − 1): exact for β near 1 too, where 1 and βᵗ would cancel in f32. */
const biasCorrection = (beta: number, step: Tensor): Tensor =>
  beta === 0 ? constant(1, step.shape) : negate(expm1(multiply(step, Math.log(beta))));

/** The weight, already decayed if it is to be, moved by one step. */
export function adamStep(
  weight: Tensor,
  { gradient, slots, learningRate, step }: UpdateContext,
  { beta1, beta2, epsilon }: { readonly beta1: number; readonly beta2: number; readonly epsilon: number },
) {
  const average = decayed(slotOf(slots, 'exp_avg'), gradient, beta1);
  const averageSquare = decayed(slotOf(slots, 'exp_avg_sq'), square(gradient), beta2);
  const divisor = add(divide(sqrt(averageSquare), sqrt(biasCorrection(beta2, step))), epsilon);
  const stepSize = divide(learningRate, biasCorrection(beta1, step));
  return {
    weight: subtract(weight, multiply(stepSize, divide(average, divisor))),
    slots: { exp_avg: average, exp_avg_sq: averageSquare },
  };
}
