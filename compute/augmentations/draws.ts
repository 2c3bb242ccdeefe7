/** Random numbers of an augmentation, one a sample of the batch, and the parameters that several augmentations share. */
import type { Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { cast } from '../ops/cast.op';
import { greater } from '../ops/greater.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { select } from '../ops/select.op';
import { subtract } from '../ops/subtract.op';
import type { AugmentationContext } from './augmentation';

/** Uniform in [−greatest, greatest): f32 [batch]. */
export const symmetric = ({ uniform, batch }: AugmentationContext, greatest: number): Tensor =>
  multiply(subtract(multiply(uniform([batch]), 2), 1), greatest);

/** A whole number out of −greatest … greatest, all alike: f32 [batch]. */
export function wholeNumber({ uniform, batch }: AugmentationContext, greatest: number): Tensor {
  const count = 2 * greatest + 1;
  // The product of a number just below 1 may round up to the count.
  const chosen = minimum(cast(multiply(uniform([batch]), count), 'i32'), count - 1);
  return add(cast(chosen, 'f32'), -greatest);
}

/** −1 with this probability, else 1: f32 [batch]. */
export const flip = ({ uniform, batch }: AugmentationContext, probability: number): Tensor =>
  select(greater(probability, uniform([batch])), -1, 1);

export const probabilityParameter = {
  type: 'number',
  label: 'Probability',
  help: 'Of each sample to be reflected.',
  default: 0.5,
  minimum: 0,
  maximum: 1,
} as const;

export const outsideParameter = {
  type: 'choice',
  label: 'Outside',
  help: 'What is seen where the picture has moved away: zeros (black), or its outermost pixels.',
  default: 'zeros',
  options: [
    { value: 'zeros', label: 'Zeros' },
    { value: 'edge', label: 'Outermost pixels' },
  ],
} as const;
