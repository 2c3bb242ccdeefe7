/**
 * Polynomials in lanes, by Estrin's scheme (1960): neighbouring terms are paired, so that what waits for each other is half of what
 * Horner's rule makes wait. The loops around are bound by that.
 */
import { f32x4, f64x2, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';

interface Arithmetic {
  readonly constant: (value: number) => Vector;
  readonly add: (a: Vector, b: Vector) => Vector;
  readonly mul: (a: Vector, b: Vector) => Vector;
}

function paired(writer: FunctionWriter, arithmetic: Arithmetic, x: Vector, terms: readonly Vector[]): Vector {
  const { add, mul } = arithmetic;
  const [first, second, ...more] = terms;
  if (first === undefined || second === undefined) return first ?? arithmetic.constant(0);
  if (more.length === 0) return add(first, mul(second, x));
  const pairs: Vector[] = [];
  for (let place = 0; place < terms.length; place += 2) pairs.push(paired(writer, arithmetic, x, terms.slice(place, place + 2)));
  return paired(writer, arithmetic, writer.keep(mul(x, x)), pairs);
}

const inLanes =
  (arithmetic: Arithmetic) =>
  (writer: FunctionWriter, x: Vector, coefficients: readonly number[]): Vector =>
    paired(writer, arithmetic, x, coefficients.map(arithmetic.constant));

/** c₀ + c₁x + c₂x² … of four floats; x may stand in several places. */
export const polynomial = inLanes(f32x4);

/** The same for two doubles. */
export const doublePolynomial = inLanes(f64x2);
