/**
 * The greatest element along axes, NaN where one is. Where several are greatest they share the gradient equally, as PyTorch's amax does
 * (its max(dim) gives all to one of them instead).
 */
import { apply, type ReduceOperation, type Tensor } from '../graph/tensor';
import { divide } from './divide.op';
import { equal } from './equal.op';
import { multiply } from './multiply.op';
import { isNaN } from './not-a-number';
import { floats, given } from './sample';
import { expand, normalizeAxes, reducedType, sum } from './sum.op';

export const maxOperation: ReduceOperation = {
  kind: 'reduce',
  name: 'max',
  infer: (inputs, attributes) => reducedType('max', inputs, attributes),
  gradient: ({ inputs, output, cotangent, attributes: { axes } }) =>
    inputs.map((input) => {
      const greatest = equal(input, expand(output, input.shape, axes));
      return multiply(greatest, expand(divide(cotangent, sum(greatest, axes)), input.shape, axes));
    }),
  // The least f32: WGSL has no literal for −∞.
  initial: { wgsl: '-3.4028234663852886e38f', reference: -Infinity },
  combine: {
    wgsl: (accumulator, value) => `select(${accumulator}, ${value}, ${value} > ${accumulator} || ${isNaN(value)})`,
    reference: (accumulator, value) => Math.max(accumulator, value),
  },
  samples: [
    { name: 'last axis', inputs: [floats([3, 5])], attributes: { axes: [1] } },
    { name: 'two axes', inputs: [floats([3, 2, 4])], attributes: { axes: [0, 2] } },
    { name: 'below zero', inputs: [given([2, 2], [-5, -3, -1, -2])], attributes: { axes: [1] } },
  ],
};

/** Greatest element along the axes, which are removed; along all of them if none are given. Negative axes count from the last. */
export function max(tensor: Tensor, axes?: readonly number[]): Tensor {
  const normalized = normalizeAxes(tensor.shape.length, axes);
  return normalized.length === 0 ? tensor : apply(maxOperation, [tensor], { axes: normalized });
}
