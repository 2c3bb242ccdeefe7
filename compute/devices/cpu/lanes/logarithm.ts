/** The natural logarithm in four lanes. */
import { f32x4, i32, i32x4, v128, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { ONE_BITS } from './exponential';
import { polynomial } from './polynomial';

const SMALLEST_NORMAL = 2 ** -126;
/** The bits of √½. */
const ROOT_OF_HALF = 0x3f3504f3;

/** x = m · 2ᵏ with √½ ≤ m < √2 for finite x > 0: m as floats, k as whole numbers, each once. `x` may stand in several places. */
export function splitPower(writer: FunctionWriter, x: Vector): { readonly mantissa: Vector; readonly exponent: Vector } {
  const small = writer.keep(f32x4.lt(x, f32x4.constant(SMALLEST_NORMAL)));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.constant(2 ** 25)), x, small);
  const bits = writer.keep(i32x4.add(normal, i32x4.constant(ONE_BITS - ROOT_OF_HALF)));
  const exponent = i32x4.sub(i32x4.shrS(bits, i32.constant(23)), i32x4.constant(127));
  return {
    mantissa: i32x4.add(v128.and(bits, i32x4.constant(0x007fffff)), i32x4.constant(ROOT_OF_HALF)),
    exponent: i32x4.sub(exponent, v128.and(small, i32x4.constant(25))),
  };
}

/**
 * ln x, off by at most 1 unit in the last place; −∞ for 0, NaN below 0 and for NaN. With s = f/(2 + f), ln(1 + f) = f − f²/2 +
 * s · (f²/2 + R(s²)), R of the least greatest error: the method and coefficients of FreeBSD's msun (logf). `x` may stand in several places.
 */
export function logarithm(writer: FunctionWriter, x: Vector): Vector {
  const { mantissa, exponent } = splitPower(writer, x);
  const k = writer.keep(f32x4.convertI32(exponent));
  const f = writer.keep(f32x4.sub(mantissa, f32x4.constant(1)));
  const s = writer.keep(f32x4.div(f, f32x4.add(f, f32x4.constant(2))));
  const z = writer.keep(f32x4.mul(s, s));
  const rest = f32x4.mul(z, polynomial(writer, z, [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841]));
  const halfSquare = writer.keep(f32x4.mul(f32x4.mul(f32x4.constant(0.5), f), f));
  const lower = f32x4.add(f32x4.mul(s, f32x4.add(halfSquare, rest)), f32x4.mul(k, f32x4.constant(9.0580006145e-6)));
  const normal = f32x4.add(f32x4.add(f32x4.sub(lower, halfSquare), f), f32x4.mul(k, f32x4.constant(0.69313812256)));
  // All ones, which is NaN, where x is negative.
  const special = v128.bitselect(v128.or(x, f32x4.lt(x, f32x4.constant(0))), f32x4.constant(-Infinity), f32x4.ne(x, f32x4.constant(0)));
  const isNormal = v128.and(f32x4.gt(x, f32x4.constant(0)), f32x4.lt(x, f32x4.constant(Infinity)));
  return v128.bitselect(normal, special, isNormal);
}
