/** Division of whole numbers in four lanes, which the vector set lacks. */
import { i32, i32x4, select, v128, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';

/** The upper 32 bits of the products of unsigned lanes; the operands stand twice. */
export const multiplyHigh = (a: Vector, b: Vector): Vector => v128.shuffle(i32x4.productLowU(a, b), i32x4.productHighU(a, b), [1, 3, 5, 7]);

/**
 * Unsigned lanes divided by a constant from 1 to 2³² − 1, rounded down. `dividend` may stand in several places. Method:
 * Granlund, Montgomery: Division by invariant integers using multiplication; PLDI 1994, figure 4.1.
 */
export function divideUnsigned(writer: FunctionWriter, dividend: Vector, divisor: number): Vector {
  const bits = Math.ceil(Math.log2(divisor));
  if (2 ** bits === divisor) return bits === 0 ? dividend : i32x4.shrU(dividend, i32.constant(bits));
  const multiplier = Number(((1n << 32n) * ((1n << BigInt(bits)) - BigInt(divisor))) / BigInt(divisor) + 1n);
  const high = writer.keep(multiplyHigh(dividend, i32x4.constant(multiplier)));
  const half = i32x4.shrU(i32x4.sub(dividend, high), i32.constant(1));
  return i32x4.shrU(i32x4.add(high, half), i32.constant(bits - 1));
}

const laneByLane =
  (compute: (dividend: Int, divisor: Int) => Int) =>
  (dividend: Vector, divisor: Vector): Vector => {
    let result = i32x4.constant(0);
    for (const lane of [0, 1, 2, 3]) {
      const by = i32x4.extract(divisor, lane);
      // As WGSL has it, x / 0 is x and x % 0 is 0.
      result = i32x4.replace(result, lane, compute(i32x4.extract(dividend, lane), select(i32.constant(1), by, i32.eqz(by))));
    }
    return result;
  };

/** Towards zero. The operands stand several times. */
export const divideSigned = laneByLane((dividend, divisor) =>
  // The least number by −1 would trap: it is its own quotient.
  select(
    i32.sub(i32.constant(0), dividend),
    i32.divS(dividend, select(i32.constant(1), divisor, i32.eq(divisor, i32.constant(-1)))),
    i32.eq(divisor, i32.constant(-1)),
  ),
);

/** With the sign of the dividend. The operands stand several times. */
export const remainderSigned = laneByLane(i32.remS);
