/** Hyperbolic tangent. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { multiply } from './multiply.op';
import { subtract } from './subtract.op';
import { keepNaN } from './not-a-number';
import { floats, given } from './sample';

export const tanhOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'tanh',
  infer: (inputs) => elementwiseType('tanh', inputs, 1),
  gradient: ({ output, cotangent }) => [multiply(cotangent, subtract(1, multiply(output, output)))],
  wgsl: ([x]) => keepNaN(`select(tanh(${x}), sign(${x}), abs(${x}) > 12.0f)`, x),
  reference: ([x]) => Math.tanh(x),
  samples: [
    { name: 'numbers', inputs: [floats([2, 3], [-3, 3])], attributes: {} },
    { name: 'far out', inputs: [given([4], [-200, -30, 30, 200])], attributes: {} },
  ],
};

/** Beyond ±12 it is ±1 to f32 rounding; taken there from the sign, since some drivers divide two exponentials that overflow. */
export const tanh = (x: Tensor): Tensor => apply(tanhOperation, [x], {});
