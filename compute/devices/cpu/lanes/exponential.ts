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

/** m · e^r for the rest r, and n as the lowest bits of `shifted`; x may stand in several places and is NaN or within ±2²¹. */
function reduced(writer: FunctionWriter, x: Vector, m: 1 | 2): { readonly fraction: Vector; readonly shifted: Vector } {
  const shifted = writer.keep(f32x4.add(f32x4.mul(x, f32x4.constant(Math.LOG2E)), f32x4.constant(ROUNDING)));
  const n = writer.keep(f32x4.sub(shifted, f32x4.constant(ROUNDING)));
  const upper = f32x4.sub(x, f32x4.mul(n, f32x4.constant(0.693359375)));
  const r = writer.keep(f32x4.add(upper, f32x4.mul(n, f32x4.constant(2.12194440054691e-4))));
  const curve = polynomial(
    writer,
    r,
    coefficients.map((coefficient) => m * coefficient),
  );
  const linear = m === 1 ? r : f32x4.add(r, r);
  return { fraction: f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), curve), linear), f32x4.constant(m)), shifted };
}

/** 2ⁿ⁺ᵒ from the lowest bits of `shifted`; 0 where n + o is −127, the least it may be. */
const powerOfTwo = (shifted: Vector, o: number): Vector =>
  i32x4.add(i32x4.shl(shifted, i32.constant(23)), i32x4.constant((127 + o) * 2 ** 23));

/**
 * eˣ, off by at most 1 unit in the last place; 0 below e⁻⁸⁶·⁹⁹, just before numbers become subnormal, infinity where it is nearest, and NaN
 * for NaN. `x` may stand in several places.
 */
export function exponential(writer: FunctionWriter, x: Vector): Vector {
  // n is from −126 to 128, one more than a float's powers of two: half of 2ⁿ, of which the least is 0, times twice the fraction.
  const near = writer.keep(f32x4.pmax(f32x4.pmin(x, f32x4.constant(89)), f32x4.constant(-87.4)));
  const { fraction, shifted } = reduced(writer, near, 2);
  return f32x4.mul(fraction, powerOfTwo(shifted, -1));
}

/** eˣ for x within ±87 or NaN, in fewer instructions. `x` may stand in several places. */
export function exponentialNear(writer: FunctionWriter, x: Vector): Vector {
  const { fraction, shifted } = reduced(writer, x, 1);
  return f32x4.mul(fraction, powerOfTwo(shifted, 0));
}
