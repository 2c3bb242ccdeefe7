/**
 * Sine and cosine of an angle in radians. WGSL promises an absolute error of 2⁻¹¹ only, and that within ±π: here the
 * angle is brought to ±π/4 with π/2 in three parts (Cody, Waite, 1980), then a polynomial of the least greatest error
 * is evaluated, which is exact to f32 rounding for |x| up to some thousands.
 */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { multiply } from './multiply.op';
import { negate } from './negate.op';
import { floats, given } from './sample';

const wgslFunctions = {
  sineOfQuarter: `fn sineOfQuarter(x: f32, shift: i32) -> f32 {
  let quarters = round(x * 0.63661977f);
  let rest = ((x - quarters * 1.5703125f) - quarters * 4.837512969970703125e-4f) - quarters * 7.549789948768648e-8f;
  let squared = rest * rest;
  let sine = rest + rest * squared * (-1.6666654611e-1f + squared * (8.3321608736e-3f - squared * 1.9515295891e-4f));
  let cosine = 1.0f - 0.5f * squared + squared * squared * (4.166664568298827e-2f + squared * (-1.388731625493765e-3f + squared * 2.443315711809948e-5f));
  let quadrant = (i32(quarters) + shift) & 3;
  let value = select(sine, cosine, (quadrant & 1) == 1);
  return select(value, -value, quadrant > 1);
}`,
};

const samples = [
  { name: 'within a turn', inputs: [floats([2, 5], [-3.2, 3.2])], attributes: {} },
  { name: 'many turns', inputs: [floats([2, 5], [-300, 300])], attributes: {} },
  { name: 'quarters', inputs: [given([5], [0, 1.5707964, 3.1415927, -1.5707964, -3.1415927])], attributes: {} },
];

export const sineOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'sine',
  infer: (inputs) => elementwiseType('sine', inputs, 1),
  gradient: ({ inputs, cotangent }) => inputs.map((input) => multiply(cotangent, cosine(input))),
  wgsl: ([x]) => `sineOfQuarter(${x}, 0)`,
  wgslFunctions,
  reference: ([x]) => Math.sin(x),
  samples,
};

export const cosineOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'cosine',
  infer: (inputs) => elementwiseType('cosine', inputs, 1),
  gradient: ({ inputs, cotangent }) => inputs.map((input) => negate(multiply(cotangent, sine(input)))),
  wgsl: ([x]) => `sineOfQuarter(${x}, 1)`,
  wgslFunctions,
  reference: ([x]) => Math.cos(x),
  samples,
};

export const sine = (x: Tensor): Tensor => apply(sineOperation, [x], {});

export const cosine = (x: Tensor): Tensor => apply(cosineOperation, [x], {});
