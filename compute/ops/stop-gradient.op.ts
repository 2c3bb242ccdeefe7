/** x itself, but a constant to differentiation. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { floats } from './sample';

export const stopGradientOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'stop-gradient',
  infer: (inputs) => elementwiseType('stop-gradient', inputs, 1),
  gradient: 'nondifferentiable',
  wgsl: ([x]) => x,
  reference: ([x]) => x,
  samples: [{ name: 'numbers', inputs: [floats([2, 3])], attributes: {} }],
};

export const stopGradient = (x: Tensor): Tensor => apply(stopGradientOperation, [x], {});
