/**
 * eˣ in four lanes: x = n · ln 2 + r with ln 2 in two parts (Cody, Waite: Software manual for the elementary functions, 1980), e^r by a
 * polynomial of the least greatest relative error (Remez; 3e-9), and 2ⁿ put together from its bits.
 */
import { f32x4, i32, i32x4, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { polynomial } from './polynomial';

/** 1.5 · 2²³: a float of size below 2²² that is added to it is rounded to a whole number, which stands in the lowest bits. */
export const ROUNDING = 12582912;

/** 0x3f800000, a float's 1. */
export const ONE_BITS = 0x3f800000;

const coefficients = [0.4999999403953552, 0.1666651964187622, 0.04166839271783829, 0.008368780836462975, 0.0013814467238262296];

/** e^r for the rest r, and n as the lowest bits of `shifted`; x may stand in several places and is NaN or within ±2²¹. */
function reduced(writer: FunctionWriter, x: Vector): { readonly fraction: Vector; readonly shifted: Vector } {
  const shifted = writer.keep(f32x4.add(f32x4.mul(x, f32x4.constant(Math.LOG2E)), f32x4.constant(ROUNDING)));
  const n = writer.keep(f32x4.sub(shifted, f32x4.constant(ROUNDING)));
  const upper = f32x4.sub(x, f32x4.mul(n, f32x4.constant(0.693359375)));
  const r = writer.keep(f32x4.add(upper, f32x4.mul(n, f32x4.constant(2.12194440054691e-4))));
  const curve = polynomial(writer, r, coefficients);
  return { fraction: f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), curve), r), f32x4.constant(1)), shifted };
}

/**
 * eˣ, off by at most 1 unit in the last place; 0 and infinity where they are nearest, NaN for NaN. `x` may stand in several places.
 */
export function exponential(writer: FunctionWriter, x: Vector): Vector {
  // Beyond these the result is 0, and infinity.
  const near = writer.keep(f32x4.pmax(f32x4.pmin(x, f32x4.constant(89)), f32x4.constant(-104)));
  const { fraction, shifted } = reduced(writer, near);
  // 2ⁿ with n from −150 to 128 is no float, but the product of two.
  const n = writer.keep(i32x4.sub(shifted, f32x4.constant(ROUNDING)));
  const half = writer.keep(i32x4.shrS(n, i32.constant(1)));
  const powerOfTwo = (exponent: Vector): Vector => i32x4.add(i32x4.shl(exponent, i32.constant(23)), i32x4.constant(ONE_BITS));
  return f32x4.mul(f32x4.mul(fraction, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
}

/** eˣ for x within ±87 or NaN, in fewer instructions. `x` may stand in several places. */
export function exponentialNear(writer: FunctionWriter, x: Vector): Vector {
  const { fraction, shifted } = reduced(writer, x);
  return f32x4.mul(fraction, i32x4.add(i32x4.shl(shifted, i32.constant(23)), i32x4.constant(ONE_BITS)));
}
