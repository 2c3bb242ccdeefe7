/** ln(1 + eˣ), computed as max(x, 0) + ln(1 + e^(−|x|)), which cannot overflow. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { multiply } from './multiply.op';
import { keepNaN } from './not-a-number';
import { floats, given } from './sample';
import { sigmoid } from './sigmoid.op';

// Where e^(−|x|) is small, 1 plus it has lost its digits: two terms of the series of ln(1 + t) keep them.
const wgslFunctions = {
  softplus: `fn softplus(x: f32) -> f32 {
  let t = exp(-abs(x));
  return ${keepNaN('max(x, 0.0f) + select(log(1.0f + t), t * (1.0f - 0.5f * t), t < 1e-3f)', 'x')};
}`,
};

export const softplusOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'softplus',
  infer: (inputs) => elementwiseType('softplus', inputs, 1),
  gradient: ({ inputs, cotangent }) => inputs.map((input) => multiply(cotangent, sigmoid(input))),
  wgsl: ([x]) => `softplus(${x})`,
  wgslFunctions,
  reference: ([x]) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  samples: [
    { name: 'numbers', inputs: [floats([2, 3], [-4, 4])], attributes: {} },
    { name: 'far out', inputs: [given([6], [-90, -20, -8, 8, 20, 90])], attributes: {} },
  ],
};

export const softplus = (x: Tensor): Tensor => apply(softplusOperation, [x], {});
