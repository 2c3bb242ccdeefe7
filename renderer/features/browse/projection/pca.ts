/**
 * Principal components: the directions in which samples differ most, by subspace iteration with a projection at its end
 * (Halko, Martinsson and Tropp, SIAM Review 53, 2011), so that no covariance matrix of wide samples is ever made. Pure.
 */
import { columnMeans, orthonormalise, symmetricEigen, type Matrix } from './matrix';
import { normalNumber, randomNumbers } from './random';

export interface PrincipalComponents {
  /** Where each sample lies along the components: [rows, count]. */
  readonly projected: Matrix;
  /** Variance along each component (divisor rows − 1), largest first. */
  readonly variances: Float64Array;
  /** Of all columns together. */
  readonly totalVariance: number;
  /** Unit vectors [count, columns]; the largest entry of each is positive. */
  readonly components: Float64Array;
}

export interface PcaOptions {
  /** Most iterations; a few give good directions, many give exact ones. */
  readonly iterations?: number;
  readonly seed?: number;
  /** 0 … 1 after each iteration. */
  readonly progress?: (fraction: number) => void;
}

/** Directions more than are asked for: they make the iteration converge faster. */
const oversampling = 8;
/** Relative change of the variances at which they count as found. */
const tolerance = 1e-9;

/** The first `count` components of the rows, fewer where there are fewer rows or columns. */
export function principalComponents(matrix: Matrix, count: number, options: PcaOptions = {}): PrincipalComponents {
  const { rows, columns } = matrix;
  const { iterations = 100, seed = 0, progress } = options;
  const kept = Math.min(count, columns, Math.max(1, rows - 1));
  const width = Math.min(columns, Math.max(kept, Math.min(kept + oversampling, rows)));
  const means = columnMeans(matrix);
  const random = randomNumbers(seed);
  const basis = Float64Array.from({ length: width * columns }, () => normalNumber(random));
  orthonormalise(basis, width, columns);

  let found = rayleigh(matrix, means, basis, width);
  for (let iteration = 0; iteration < iterations && width < columns; iteration++) {
    multiplyBack(matrix, means, found.coordinates, basis, width);
    orthonormalise(basis, width, columns);
    const next = rayleigh(matrix, means, basis, width);
    let change = 0;
    for (let index = 0; index < kept; index++)
      change = Math.max(
        change,
        Math.abs((next.values[index] ?? 0) - (found.values[index] ?? 0)) / Math.max(next.values[0] ?? 0, Number.MIN_VALUE),
      );
    found = next;
    progress?.((iteration + 1) / iterations);
    if (change < tolerance) break;
  }
  progress?.(1);

  const components = combine(found.vectors, basis, kept, width, columns);
  const projected = new Float32Array(rows * kept);
  for (let index = 0; index < kept; index++) {
    const component = components.subarray(index * columns, (index + 1) * columns);
    const sign = signOf(component);
    if (sign < 0) for (let column = 0; column < columns; column++) component[column] = -(component[column] ?? 0);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let other = 0; other < width; other++)
        sum += (found.vectors[index * width + other] ?? 0) * (found.coordinates[row * width + other] ?? 0);
      projected[row * kept + index] = sign * sum;
    }
  }
  return {
    projected: { rows, columns: kept, values: projected },
    variances: found.values.slice(0, kept).map((value) => Math.max(0, value)),
    totalVariance: totalVariance(matrix, means),
    components,
  };
}

const signOf = (component: Float64Array): 1 | -1 => {
  let largest = 0;
  for (const value of component) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? -1 : 1;
};

function totalVariance({ rows, columns, values }: Matrix, means: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += ((values[index] ?? 0) - (means[index % columns] ?? 0)) ** 2;
  return sum / Math.max(1, rows - 1);
}

/** Coordinates [rows, width] of the centred rows in the basis, and the eigenvectors of their covariance. */
function rayleigh({ rows, columns, values }: Matrix, means: Float64Array, basis: Float64Array, width: number) {
  const coordinates = new Float64Array(rows * width);
  const offset = new Float64Array(width);
  for (let direction = 0; direction < width; direction++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += (means[column] ?? 0) * (basis[direction * columns + column] ?? 0);
    offset[direction] = sum;
  }
  for (let row = 0; row < rows; row++)
    for (let direction = 0; direction < width; direction++) {
      let sum = 0;
      const from = row * columns;
      const along = direction * columns;
      for (let column = 0; column < columns; column++) sum += (values[from + column] ?? 0) * (basis[along + column] ?? 0);
      coordinates[row * width + direction] = sum - (offset[direction] ?? 0);
    }
  const covariance = new Float64Array(width * width);
  for (let row = 0; row < rows; row++)
    for (let first = 0; first < width; first++) {
      const value = coordinates[row * width + first] ?? 0;
      for (let second = 0; second < width; second++)
        covariance[first * width + second] = (covariance[first * width + second] ?? 0) + value * (coordinates[row * width + second] ?? 0);
    }
  for (let index = 0; index < covariance.length; index++) covariance[index] = (covariance[index] ?? 0) / Math.max(1, rows - 1);
  return { coordinates, ...symmetricEigen(covariance, width) };
}

/** basis ← coordinatesᵀ · centred rows: one step of the power method for all directions. */
function multiplyBack(
  { rows, columns, values }: Matrix,
  means: Float64Array,
  coordinates: Float64Array,
  basis: Float64Array,
  width: number,
): void {
  basis.fill(0);
  for (let row = 0; row < rows; row++)
    for (let direction = 0; direction < width; direction++) {
      const weight = coordinates[row * width + direction] ?? 0;
      const along = direction * columns;
      const from = row * columns;
      for (let column = 0; column < columns; column++)
        basis[along + column] = (basis[along + column] ?? 0) + weight * ((values[from + column] ?? 0) - (means[column] ?? 0));
    }
}

/** The first `kept` of vectors [width, width] in the basis [width, columns]. */
function combine(vectors: Float64Array, basis: Float64Array, kept: number, width: number, columns: number): Float64Array {
  const result = new Float64Array(kept * columns);
  for (let index = 0; index < kept; index++)
    for (let direction = 0; direction < width; direction++) {
      const weight = vectors[index * width + direction] ?? 0;
      for (let column = 0; column < columns; column++)
        result[index * columns + column] = (result[index * columns + column] ?? 0) + weight * (basis[direction * columns + column] ?? 0);
    }
  return result;
}
