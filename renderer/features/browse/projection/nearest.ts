/** Nearest neighbours by Euclidean distance, exactly, and how well a map keeps them. Pure. */
import { squaredDistance, type Matrix } from './matrix';

export interface Neighbours {
  readonly count: number;
  /** [rows, count], nearest first; a row is no neighbour of its own. */
  readonly indices: Int32Array;
  /** Squared, beside the indices. */
  readonly distances: Float64Array;
}

/** The `count` nearest rows to a row, nearest first; equal distances in the order of the rows. */
export function nearestTo(matrix: Matrix, row: number, count: number): { readonly index: number; readonly distance: number }[] {
  const found: { index: number; distance: number }[] = [];
  for (let other = 0; other < matrix.rows; other++) {
    if (other === row) continue;
    const distance = squaredDistance(matrix, row, other);
    if (found.length === count && distance >= (found.at(-1)?.distance ?? Infinity)) continue;
    let at = found.length;
    while (at > 0 && (found[at - 1]?.distance ?? 0) > distance) at--;
    found.splice(at, 0, { index: other, distance });
    if (found.length > count) found.pop();
  }
  return found;
}

export function nearestNeighbours(matrix: Matrix, wanted: number, progress?: (fraction: number) => void): Neighbours {
  const count = Math.min(wanted, matrix.rows - 1);
  const indices = new Int32Array(matrix.rows * count);
  const distances = new Float64Array(matrix.rows * count);
  for (let row = 0; row < matrix.rows; row++) {
    nearestTo(matrix, row, count).forEach(({ index, distance }, rank) => {
      indices[row * count + rank] = index;
      distances[row * count + rank] = distance;
    });
    if (row % 64 === 0) progress?.(row / matrix.rows);
  }
  return { count, indices, distances };
}

/**
 * Trustworthiness (Venna and Kaski 2001): 1 where everyone's `count` neighbours on the map are neighbours in the data too,
 * about 0.5 for a map by chance.
 */
export function trustworthiness(data: Matrix, map: Matrix, count: number): number {
  const { rows } = data;
  const distances = new Float64Array(rows);
  let penalty = 0;
  for (let row = 0; row < rows; row++) {
    for (let other = 0; other < rows; other++) distances[other] = other === row ? Infinity : squaredDistance(data, row, other);
    for (const { index } of nearestTo(map, row, count)) {
      const reach = distances[index] ?? Infinity;
      let closer = 0;
      for (const distance of distances) if (distance < reach) closer++;
      penalty += Math.max(0, closer + 1 - count);
    }
  }
  return 1 - (2 / (rows * count * (2 * rows - 3 * count - 1))) * penalty;
}
