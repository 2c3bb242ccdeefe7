/** erf x = 2/√π ∫₀ˣ e^(−t²) dt. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { exp } from './exp.op';
import { multiply, square } from './multiply.op';
import { negate } from './negate.op';
import { keepNaN } from './not-a-number';
import { floats, given } from './sample';

const SLOPE_AT_ZERO = 2 / Math.sqrt(Math.PI);

/** 2/√π e^(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5 … (2n + 1)): all terms have one sign, so nothing cancels. Beyond 6 it is 1 in float64. */
function errorFunctionOf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(total); odd += 2) {
    term *= (2 * x * x) / odd;
    total += term;
  }
  return SLOPE_AT_ZERO * Math.exp(-x * x) * total;
}

// Near 0 the Taylor polynomial, whose first omitted term is under 1e-8; beyond, Abramowitz and Stegun 7.1.26, off by at most 1.5e-7.
const wgslFunctions = {
  errorFunction: `fn errorFunction(x: f32) -> f32 {
  let squared = x * x;
  let series = x * (1.1283792f + squared * (-0.37612638f + squared * (0.11283792f + squared * (-0.026866171f + squared * (0.0052239775f - squared * 0.00085483270f)))));
  let size = abs(x);
  let t = 1.0f / (1.0f + 0.3275911f * size);
  let tail = t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  return select(${keepNaN('sign(x) * (1.0f - tail * exp(-min(squared, 80.0f)))', 'x')}, series, size < 0.5f);
}`,
};

export const errorFunctionOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'error-function',
  infer: (inputs) => elementwiseType('error-function', inputs, 1),
  gradient: ({ inputs, cotangent }) => inputs.map((input) => multiply(cotangent, multiply(exp(negate(square(input))), SLOPE_AT_ZERO))),
  wgsl: ([x]) => `errorFunction(${x})`,
  wgslFunctions,
  reference: ([x]) => errorFunctionOf(x),
  samples: [
    { name: 'numbers', inputs: [floats([3, 5], [-3, 3])], attributes: {} },
    { name: 'near zero', inputs: [given([5], [-0.49, -1e-4, 0, 1e-6, 0.3])], attributes: {} },
    { name: 'far out', inputs: [given([4], [-40, -7, 7, 40])], attributes: {} },
  ],
};

export const errorFunction = (x: Tensor): Tensor => apply(errorFunctionOperation, [x], {});
