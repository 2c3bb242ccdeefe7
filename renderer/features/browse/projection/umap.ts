/** UMAP (McInnes, Healy and Melville 2018), by its JavaScript library, seeded and told how far it is. */
import { UMAP } from 'umap-js';
import type { Matrix } from './matrix';
import { randomNumbers } from './random';

export interface UmapOptions {
  readonly neighbours?: number;
  /** How near points may come on the map. */
  readonly minimumDistance?: number;
  readonly seed?: number;
  readonly progress?: (fraction: number, points: Float64Array) => void;
}

const flat = (embedding: readonly (readonly number[])[]): Float64Array => Float64Array.from(embedding.flatMap(([x = 0, y = 0]) => [x, y]));

/** The map of the rows [rows, 2]; needs more rows than neighbours. */
export function umap(matrix: Matrix, options: UmapOptions = {}): Float64Array {
  const { rows, columns, values } = matrix;
  const map = new UMAP({
    nComponents: 2,
    nNeighbors: Math.max(2, Math.min(options.neighbours ?? 15, rows - 1)),
    minDist: options.minimumDistance ?? 0.1,
    random: randomNumbers(options.seed ?? 0),
  });
  const epochs = map.initializeFit(
    Array.from({ length: rows }, (_, row) => Array.from(values.subarray(row * columns, (row + 1) * columns))),
  );
  for (let epoch = 0; epoch < epochs; epoch++) {
    map.step();
    if (epoch % 10 === 0) options.progress?.(epoch / epochs, flat(map.getEmbedding()));
  }
  return flat(map.getEmbedding());
}
