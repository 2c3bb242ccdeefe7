/** Polynomials in four lanes, by Horner's rule. */
import { f32x4, f64x2, type Vector } from '../assembly/expression';

/** c₀ + c₁x + c₂x² …; x may stand in several places. */
export function polynomial(x: Vector, coefficients: readonly number[]): Vector {
  return coefficients
    .slice(0, -1)
    .reduceRight<Vector>(
      (sum, coefficient) => f32x4.add(f32x4.mul(sum, x), f32x4.constant(coefficient)),
      f32x4.constant(coefficients.at(-1) ?? 0),
    );
}

/** The same for two doubles. */
export function doublePolynomial(x: Vector, coefficients: readonly number[]): Vector {
  return coefficients
    .slice(0, -1)
    .reduceRight<Vector>(
      (sum, coefficient) => f64x2.add(f64x2.mul(sum, x), f64x2.constant(coefficient)),
      f64x2.constant(coefficients.at(-1) ?? 0),
    );
}
