/** Makes a map as asked: what the worker does, without the worker. Pure. */
import { turnedTo } from './align';
import type { Matrix } from './matrix';
import { trustworthiness } from './nearest';
import { principalComponents } from './pca';
import type { MapMessage, MapRequest } from './protocol';
import { tsne } from './tsne';
import { umap } from './umap';

/** More dimensions say little more about who is near, and cost much (van der Maaten and Hinton 2008). */
const mostDimensions = 50;
const qualityNeighbours = 10;
/** So few rows have no neighbours to speak of: they are shown along their components. */
const fewestRows = 8;

const reduced = (matrix: Matrix, tell: (fraction: number) => void): Matrix =>
  matrix.columns <= mostDimensions ? matrix : principalComponents(matrix, mostDimensions, { iterations: 6, progress: tell }).projected;

/** Rows of numbers that are not finite would leave none that is: they count as 0. */
const finite = (matrix: Matrix): Matrix => ({ ...matrix, values: matrix.values.map((value) => (Number.isFinite(value) ? value : 0)) });

/** Tells of its progress, at last with `done`. */
export function drawMap({ matrix: given, parameters, before }: MapRequest, tell: (message: MapMessage) => void): void {
  const matrix = finite(given);
  const { rows } = matrix;
  const progress = (fraction: number, points: Float64Array | null = null): void => {
    tell({ type: 'progress', fraction, points: points === null ? null : Float32Array.from(points) });
  };
  const finish = (points: Float32Array, more: { divergence?: number; explained?: readonly number[] }): void => {
    const near = Math.min(qualityNeighbours, Math.floor(rows / 2) - 1);
    tell({
      type: 'done',
      points,
      quality: {
        trustworthiness: near < 1 ? 1 : trustworthiness(matrix, { rows, columns: 2, values: points }, near),
        divergence: more.divergence ?? null,
        explained: more.explained ?? null,
      },
    });
  };
  const method = rows < fewestRows ? 'pca' : parameters.method;
  if (method === 'pca') {
    const { projected, variances, totalVariance } = principalComponents(matrix, 2, { progress });
    const points = new Float32Array(rows * 2);
    for (let row = 0; row < rows; row++)
      for (let axis = 0; axis < projected.columns; axis++) points[row * 2 + axis] = projected.values[row * projected.columns + axis] ?? 0;
    // Which way components point is chance; how much of the variance the two have together is not changed by turning them.
    finish(before === null ? points : turnedTo(points, before), {
      explained: Array.from(variances, (variance) => (totalVariance > 0 ? variance / totalVariance : 0)),
    });
    return;
  }
  const input = reduced(matrix, (fraction) => {
    progress(fraction * 0.1);
  });
  const later = (fraction: number, points: Float64Array): void => {
    progress(0.1 + fraction * 0.9, points);
  };
  if (method === 'tsne') {
    const { points, divergence } = tsne(input, { perplexity: parameters.perplexity, before, progress: later });
    finish(Float32Array.from(points), { divergence });
  } else {
    const { neighbours, minimumDistance, seed } = parameters;
    finish(Float32Array.from(umap(input, { neighbours, minimumDistance, seed, before, progress: later })), {});
  }
}
