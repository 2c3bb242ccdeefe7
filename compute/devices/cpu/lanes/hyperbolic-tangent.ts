/** The hyperbolic tangent in four lanes. */
import { f32x4, i32x4, v128, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { exponentialNear } from './exponential';
import { polynomial } from './polynomial';

/**
 * tanh x, off by at most 2 units in the last place; NaN for NaN. Up to 0.625 a polynomial (coefficients of Cephes' tanhf: Moshier, 1989),
 * beyond 1 − 2/(e^2x + 1), which is 1 to rounding from 9.1 on. `x` may stand in several places.
 */
export function hyperbolicTangent(writer: FunctionWriter, x: Vector): Vector {
  const size = writer.keep(f32x4.abs(x));
  const square = writer.keep(f32x4.mul(x, x));
  const curve = polynomial(writer, square, [-0.333332819422, 0.133314422036, -0.0537397155531, 0.0206390887954, -0.00570498872745]);
  const near = f32x4.add(f32x4.mul(f32x4.mul(square, x), curve), x);
  const twice = writer.keep(f32x4.pmin(f32x4.add(size, size), f32x4.constant(20)));
  const grown = exponentialNear(writer, twice);
  const far = f32x4.sub(f32x4.constant(1), f32x4.div(f32x4.constant(2), f32x4.add(grown, f32x4.constant(1))));
  const signed = v128.or(far, v128.and(x, i32x4.constant(0x80000000)));
  return v128.bitselect(near, signed, f32x4.lt(size, f32x4.constant(0.625)));
}
