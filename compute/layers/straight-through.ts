/** The straight-through estimator (Bengio, Léonard, Courville, 2013): how steps, which are flat, can still be trained. */
import type { Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { stopGradient } from '../ops/stop-gradient.op';
import { subtract } from '../ops/subtract.op';

export const straightThroughParameter = {
  type: 'boolean',
  label: 'Straight-through gradient',
  help: 'The step is flat, so nothing before it learns. With this the gradient passes as if the step were not there.',
  default: false,
} as const;

/** `step` itself, with the gradient of `input`: x − x is exactly 0, but one of the two is a constant to differentiation. */
export const straightThrough = (step: Tensor, input: Tensor): Tensor => add(step, subtract(input, stopGradient(input)));

/** The same in PyTorch. */
export const straightThroughCall = (step: string, input: string): string => `${step} + (${input} - ${input}.detach())`;
