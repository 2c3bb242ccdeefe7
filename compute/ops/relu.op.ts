/** max(x, 0), and NaN for NaN, as in PyTorch; the gradient at 0 is 0, as in PyTorch. It is told from the output, so that the input need not be kept. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { greater } from './greater.op';
import { multiply } from './multiply.op';
import { floats } from './sample';

export const reluOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'relu',
  infer: (inputs) => elementwiseType('relu', inputs, 1),
  gradient: ({ inputs, output, cotangent }) => inputs.map(() => multiply(cotangent, greater(output, 0))),
  // max() of WGSL may give 0 for NaN, and would hide what went bad.
  wgsl: ([x]) => `select(${x}, 0.0f, ${x} <= 0.0f)`,
  reference: ([x]) => Math.max(x, 0),
  samples: [{ name: 'numbers', inputs: [floats([3, 4])], attributes: {} }],
};

export const relu = (x: Tensor): Tensor => apply(reluOperation, [x], {});
