/** Powers with a constant exponent, in four lanes. */
import { f32x4, f64x2, i32, i32x4, v128, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { ONE_BITS, ROUNDING } from './exponential';
import { splitPower } from './logarithm';
import { doublePolynomial } from './polynomial';

/** 2/ln 2 · (1, 1/3, 1/5 …): log₂((1 + s)/(1 − s)) = s · P(s²), cut where its terms for |s| < 0.172 fall below 2e-12. */
const logarithmTerms = Array.from({ length: 8 }, (_, term) => (2 * Math.LOG2E) / (2 * term + 1));

/** (ln 2)ⁿ/n!: 2^r = P(r), cut where its terms for |r| ≤ ½ fall below 1e-11. */
const powerTerms = Array.from({ length: 10 }, (_, term) =>
  Array.from({ length: term }, (_, k) => Math.LN2 / (k + 1)).reduce((a, b) => a * b, 1),
);

/** The upper two lanes as the lower two. */
const upper = (vector: Vector): Vector => v128.shuffle(vector, vector, [2, 3, 2, 3]);

/** c · log₂ x split into a whole number and 2 to the rest, both in double precision, of the lower two lanes. */
function halfOf(
  writer: FunctionWriter,
  mantissa: Vector,
  exponent: Vector,
  c: number,
): { readonly whole: Vector; readonly fraction: Vector } {
  const one = f64x2.constant(1);
  const m = writer.keep(f64x2.promoteLowF32(mantissa));
  const s = writer.keep(f64x2.div(f64x2.sub(m, one), f64x2.add(m, one)));
  const z = writer.keep(f64x2.mul(s, s));
  const logarithm = f64x2.add(f64x2.mul(s, doublePolynomial(writer, z, logarithmTerms)), f64x2.convertLowI32(exponent));
  const scaled = f64x2.mul(logarithm, f64x2.constant(c));
  const t = writer.keep(f64x2.pmax(f64x2.pmin(scaled, f64x2.constant(129)), f64x2.constant(-151)));
  const whole = writer.keep(f64x2.nearest(t));
  const r = writer.keep(f64x2.sub(t, whole));
  return { whole: f64x2.demoteToF32(whole), fraction: f64x2.demoteToF32(doublePolynomial(writer, r, powerTerms)) };
}

/** |x|^c through the logarithm, in double precision so that a large exponent magnifies no error. */
function general(writer: FunctionWriter, x: Vector, c: number): Vector {
  const size = writer.keep(f32x4.abs(x));
  const parts = splitPower(writer, size);
  const mantissa = writer.keep(parts.mantissa);
  const exponent = writer.keep(parts.exponent);
  const low = halfOf(writer, mantissa, exponent, c);
  const high = halfOf(writer, upper(mantissa), upper(exponent), c);
  const fraction = v128.shuffle(low.fraction, high.fraction, [0, 1, 4, 5]);
  const whole = v128.shuffle(low.whole, high.whole, [0, 1, 4, 5]);
  const n = writer.keep(i32x4.sub(f32x4.add(whole, f32x4.constant(ROUNDING)), f32x4.constant(ROUNDING)));
  const half = writer.keep(i32x4.shrS(n, i32.constant(1)));
  const powerOfTwo = (of: Vector): Vector => i32x4.add(i32x4.shl(of, i32.constant(23)), i32x4.constant(ONE_BITS));
  const finite = f32x4.mul(f32x4.mul(fraction, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
  // 0 and infinity have no such logarithm; NaN stays itself.
  const [ofZero, ofInfinity] = c > 0 ? [0, Infinity] : [Infinity, 0];
  const atEnds = v128.bitselect(f32x4.constant(ofZero), f32x4.constant(ofInfinity), f32x4.eq(size, f32x4.constant(0)));
  const special = v128.bitselect(x, atEnds, f32x4.ne(x, x));
  const isUsual = writer.keep(v128.and(f32x4.gt(size, f32x4.constant(0)), f32x4.lt(size, f32x4.constant(Infinity))));
  const value = v128.bitselect(finite, special, isUsual);
  if (!Number.isInteger(c)) return v128.or(value, v128.and(isUsual, f32x4.lt(x, f32x4.constant(0))));
  return c % 2 === 0 ? value : v128.or(value, v128.and(x, i32x4.constant(0x80000000)));
}

/** x^c for whole quarters c up to ±2 that are no whole numbers: roots and products, off by at most 5 units. −∞ gives NaN. */
function quarters(writer: FunctionWriter, x: Vector, c: number): Vector {
  const part = Math.abs(c) % 1;
  // −0 becomes 0, whose inverse is +∞.
  const base = writer.keep(f32x4.add(x, f32x4.constant(0)));
  const root = writer.keep(f32x4.sqrt(base));
  const fourth = part === 0.5 ? root : writer.keep(f32x4.sqrt(root));
  const power = part === 0.75 ? f32x4.mul(root, fourth) : fourth;
  if (c > 0) return c > 1 ? f32x4.mul(power, base) : power;
  const inverse = f32x4.div(f32x4.constant(1), power);
  return c < -1 ? f32x4.div(inverse, base) : inverse;
}

/**
 * x^c, off by at most 1 unit in the last place (cubes 1.5, quarters 5) where it is no subnormal number; NaN for x < 0 unless c is a whole
 * number, and else as Math.pow has it, but that −∞ has no roots. `x` may stand in several places; c is finite.
 */
export function power(writer: FunctionWriter, x: Vector, c: number): Vector {
  switch (c) {
    case 0:
      return f32x4.constant(1);
    case 1:
      return x;
    case 2:
      return f32x4.mul(x, x);
    case 3:
      return f32x4.mul(f32x4.mul(x, x), x);
    case -1:
      return f32x4.div(f32x4.constant(1), x);
    default:
      return Math.abs(c) < 2 && Number.isInteger(4 * c) ? quarters(writer, x, c) : general(writer, x, c);
  }
}
