/** −1, 0 or 1, and 0 for NaN, as in PyTorch; its gradient is 0 where it exists, so none is passed on. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { isNaN } from './not-a-number';
import { given } from './sample';

export const signOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'sign',
  infer: (inputs) => elementwiseType('sign', inputs, 1),
  gradient: 'nondifferentiable',
  wgsl: ([x]) => `select(sign(${x}), 0.0f, ${isNaN(x)})`,
  reference: ([x]) => Number(x > 0) - Number(x < 0),
  samples: [{ name: 'numbers and zero', inputs: [given([4], [-2.5, 0, 0.1, 7])], attributes: {} }],
};

export const sign = (x: Tensor): Tensor => apply(signOperation, [x], {});
