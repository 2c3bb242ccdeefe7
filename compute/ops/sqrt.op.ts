/** Square root, for x ≥ 0; the gradient at 0 is infinite. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { divide } from './divide.op';
import { multiply } from './multiply.op';
import { floats } from './sample';

export const sqrtOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'sqrt',
  infer: (inputs) => elementwiseType('sqrt', inputs, 1),
  gradient: ({ output, cotangent }) => [divide(multiply(cotangent, 0.5), output)],
  wgsl: ([x]) => `sqrt(${x})`,
  reference: ([x]) => Math.sqrt(x),
  samples: [{ name: 'positive numbers', inputs: [floats([2, 3], [0.1, 4])], attributes: {} }],
};

export const sqrt = (x: Tensor): Tensor => apply(sqrtOperation, [x], {});
