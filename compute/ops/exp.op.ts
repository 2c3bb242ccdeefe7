/** eˣ */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { multiply } from './multiply.op';
import { keepNaN } from './not-a-number';
import { floats } from './sample';

export const expOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'exp',
  infer: (inputs) => elementwiseType('exp', inputs, 1),
  gradient: ({ output, cotangent }) => [multiply(cotangent, output)],
  wgsl: ([x]) => keepNaN(`exp(${x})`, x),
  reference: ([x]) => Math.exp(x),
  samples: [{ name: 'numbers', inputs: [floats([2, 3])], attributes: {} }],
};

export const exp = (x: Tensor): Tensor => apply(expOperation, [x], {});
