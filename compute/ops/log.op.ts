/** Natural logarithm, for x > 0. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { divide } from './divide.op';
import { keepNaN } from './not-a-number';
import { floats } from './sample';

export const logOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'log',
  infer: (inputs) => elementwiseType('log', inputs, 1),
  gradient: ({ inputs, cotangent }) => inputs.map((input) => divide(cotangent, input)),
  wgsl: ([x]) => keepNaN(`log(${x})`, x),
  reference: ([x]) => Math.log(x),
  samples: [{ name: 'positive numbers', inputs: [floats([2, 3], [0.1, 4])], attributes: {} }],
};

export const log = (x: Tensor): Tensor => apply(logOperation, [x], {});
