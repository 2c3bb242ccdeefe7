/** |x|; the gradient at 0 is 0, as in PyTorch. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { multiply } from './multiply.op';
import { sign } from './sign.op';
import { floats } from './sample';

export const absoluteOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'absolute',
  infer: (inputs) => elementwiseType('absolute', inputs, 1),
  gradient: ({ inputs, cotangent }) => inputs.map((input) => multiply(cotangent, sign(input))),
  wgsl: ([x]) => `abs(${x})`,
  reference: ([x]) => Math.abs(x),
  samples: [{ name: 'numbers', inputs: [floats([2, 3])], attributes: {} }],
};

export const absolute = (x: Tensor): Tensor => apply(absoluteOperation, [x], {});
