/** 1 / x */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { multiply } from './multiply.op';
import { negate } from './negate.op';
import { given } from './sample';

export const reciprocalOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'reciprocal',
  infer: (inputs) => elementwiseType('reciprocal', inputs, 1),
  gradient: ({ output, cotangent }) => [negate(multiply(cotangent, multiply(output, output)))],
  wgsl: ([x]) => `1.0f / ${x}`,
  reference: ([x]) => 1 / x,
  samples: [{ name: 'positive and negative', inputs: [given([2, 2], [0.3, -1.5, 2, -0.25])], attributes: {} }],
};

export const reciprocal = (x: Tensor): Tensor => apply(reciprocalOperation, [x], {});
