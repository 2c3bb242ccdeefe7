/** Eigenvectors of a small symmetric matrix by Jacobi's rotations (Golub, Van Loan: Matrix computations, section 8.5). Pure. */

export interface PrincipalAxes {
  /** Eigenvectors of length one as columns, row-major; the greatest element of each by size is positive. */
  readonly axes: readonly number[];
  /** Their eigenvalues, descending. */
  readonly variances: readonly number[];
}

const MOST_SWEEPS = 50;

/** `matrix`: symmetric, size × size, row-major. */
export function principalAxes(matrix: readonly number[], size: number): PrincipalAxes {
  const values = [...matrix];
  const vectors = Array.from({ length: size * size }, (_, place) => (Math.floor(place / size) === place % size ? 1 : 0));
  const at = (of: readonly number[], row: number, column: number): number => of[row * size + column] ?? 0;
  const rotate = (of: number[], first: number, second: number, cosine: number, sine: number): void => {
    const [a, b] = [of[first] ?? 0, of[second] ?? 0];
    of[first] = cosine * a - sine * b;
    of[second] = sine * a + cosine * b;
  };
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let rotations = 0;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const beside = at(values, p, q);
        // What is below the rounding of the diagonal changes nothing more.
        if (Math.abs(beside) <= 1e-18 * (Math.abs(at(values, p, p)) + Math.abs(at(values, q, q)))) continue;
        rotations++;
        const theta = (at(values, q, q) - at(values, p, p)) / (2 * beside);
        const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cosine = 1 / Math.sqrt(tangent * tangent + 1);
        const sine = tangent * cosine;
        for (let row = 0; row < size; row++) rotate(values, row * size + p, row * size + q, cosine, sine);
        for (let column = 0; column < size; column++) rotate(values, p * size + column, q * size + column, cosine, sine);
        for (let row = 0; row < size; row++) rotate(vectors, row * size + p, row * size + q, cosine, sine);
      }
    }
    if (rotations === 0) break;
  }
  const order = Array.from({ length: size }, (_, axis) => axis).sort((a, b) => at(values, b, b) - at(values, a, a));
  const signs = order.map((axis) => {
    const column = Array.from({ length: size }, (_, row) => at(vectors, row, axis));
    const greatest = column.reduce((best, value) => (Math.abs(value) > Math.abs(best) + 1e-12 ? value : best), 0);
    return greatest < 0 ? -1 : 1;
  });
  return {
    axes: Array.from(
      { length: size * size },
      (_, place) => at(vectors, Math.floor(place / size), order[place % size] ?? 0) * (signs[place % size] ?? 1),
    ),
    variances: order.map((axis) => at(values, axis, axis)),
  };
}
