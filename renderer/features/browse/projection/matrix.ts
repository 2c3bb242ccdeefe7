/** Samples as rows of numbers, and the little linear algebra that maps need. Pure. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly values: Float32Array;
}

/** Squared Euclidean distance of two rows. */
export function squaredDistance({ columns, values }: Matrix, first: number, second: number): number {
  let sum = 0;
  const from = first * columns;
  const to = second * columns;
  for (let column = 0; column < columns; column++) {
    const difference = (values[from + column] ?? 0) - (values[to + column] ?? 0);
    sum += difference * difference;
  }
  return sum;
}

/** Means of the columns; f64. */
export function columnMeans({ rows, columns, values }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) means[column] = (means[column] ?? 0) + (values[row * columns + column] ?? 0);
  return means.map((sum) => sum / Math.max(1, rows));
}

/**
 * Eigenvalues, largest first, and eigenvectors (as rows) of a symmetric matrix [size, size] by cyclic Jacobi rotations
 * (Golub and Van Loan, Matrix Computations, 8.5). The matrix is overwritten.
 */
export function symmetricEigen(matrix: Float64Array, size: number): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const vectors = new Float64Array(size * size);
  for (let index = 0; index < size; index++) vectors[index * size + index] = 1;
  const at = (row: number, column: number): number => matrix[row * size + column] ?? 0;
  let scale = 0;
  for (const value of matrix) scale = Math.max(scale, Math.abs(value));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let row = 0; row < size; row++) for (let column = row + 1; column < size; column++) off = Math.max(off, Math.abs(at(row, column)));
    if (off <= scale * 1e-15) break;
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        const apq = at(p, q);
        if (Math.abs(apq) <= scale * 1e-16) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * apq);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        rotate(matrix, size, p, q, c, t * c);
        rotateRows(vectors, size, p, q, c, t * c);
      }
  }
  const order = Array.from({ length: size }, (_, index) => index).sort((a, b) => at(b, b) - at(a, a));
  const sorted = new Float64Array(size * size);
  order.forEach((from, to) => {
    sorted.set(vectors.subarray(from * size, (from + 1) * size), to * size);
  });
  return { values: Float64Array.from(order, (index) => at(index, index)), vectors: sorted };
}

function rotateRows(values: Float64Array, size: number, p: number, q: number, c: number, s: number): void {
  for (let column = 0; column < size; column++) {
    const x = values[p * size + column] ?? 0;
    const y = values[q * size + column] ?? 0;
    values[p * size + column] = c * x - s * y;
    values[q * size + column] = s * x + c * y;
  }
}

function rotate(matrix: Float64Array, size: number, p: number, q: number, c: number, s: number): void {
  rotateRows(matrix, size, p, q, c, s);
  for (let row = 0; row < size; row++) {
    const x = matrix[row * size + p] ?? 0;
    const y = matrix[row * size + q] ?? 0;
    matrix[row * size + p] = c * x - s * y;
    matrix[row * size + q] = s * x + c * y;
  }
}

/** Makes the rows [count, size] orthonormal, one after another, twice for accuracy (Gram and Schmidt); a row that vanishes becomes 0. */
export function orthonormalise(rows: Float64Array, count: number, size: number): void {
  for (let index = 0; index < count; index++) {
    const row = rows.subarray(index * size, (index + 1) * size);
    const before = norm(row);
    for (let pass = 0; pass < 2; pass++)
      for (let other = 0; other < index; other++) {
        const earlier = rows.subarray(other * size, (other + 1) * size);
        let dot = 0;
        for (let at = 0; at < size; at++) dot += (row[at] ?? 0) * (earlier[at] ?? 0);
        if (dot !== 0) for (let at = 0; at < size; at++) row[at] = (row[at] ?? 0) - dot * (earlier[at] ?? 0);
      }
    const length = norm(row);
    if (length > before * 1e-12) for (let at = 0; at < size; at++) row[at] = (row[at] ?? 0) / length;
    else row.fill(0);
  }
}

function norm(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
