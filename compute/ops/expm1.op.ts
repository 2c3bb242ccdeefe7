/** eˣ − 1, precise near 0, where eˣ and 1 would cancel. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { add } from './add.op';
import { multiply } from './multiply.op';
import { keepNaN } from './not-a-number';
import { floats, given } from './sample';

// Below 0.35 the Taylor polynomial of degree 7: its first omitted term, x⁷/8! of the result, is under 2e-8.
const wgslFunctions = {
  expMinusOne: `fn expMinusOne(x: f32) -> f32 {
  let series = x * (1.0f + x * (0.5f + x * (0.16666667f + x * (0.041666668f + x * (0.008333334f + x * (0.0013888889f + x * 0.0001984127f))))));
  return select(${keepNaN('exp(x) - 1.0f', 'x')}, series, abs(x) < 0.35f);
}`,
};

export const expm1Operation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'expm1',
  infer: (inputs) => elementwiseType('expm1', inputs, 1),
  gradient: ({ output, cotangent }) => [multiply(cotangent, add(output, 1))],
  wgsl: ([x]) => `expMinusOne(${x})`,
  wgslFunctions,
  reference: ([x]) => Math.expm1(x),
  samples: [
    { name: 'numbers', inputs: [floats([2, 3])], attributes: {} },
    { name: 'near zero', inputs: [given([5], [-1e-3, -1e-6, 1e-7, 2e-4, 0.34])], attributes: {} },
  ],
};

export const expm1 = (x: Tensor): Tensor => apply(expm1Operation, [x], {});
