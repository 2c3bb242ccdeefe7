/** UMAP (McInnes, Healy and Melville 2018), by its JavaScript library, seeded and told how far it is. */
import { UMAP } from 'umap-js';
import type { Matrix } from './matrix';
import { randomNumbers } from './random';

export interface UmapOptions {
  readonly neighbours?: number;
  /** How near points may come on the map. */
  readonly minimumDistance?: number;
  readonly seed?: number;
  /** A map [rows, 2] to begin with: points move on from there. */
  readonly before?: Float32Array | null;
  readonly progress?: (fraction: number, points: Float64Array) => void;
}

/** On from an earlier map: what has not changed hardly moves. From random places it is 1. */
const rateAfter = 0.25;

const flat = (embedding: readonly (readonly number[])[]): Float64Array => Float64Array.from(embedding.flatMap(([x = 0, y = 0]) => [x, y]));

/** The map of the rows [rows, 2]; needs more rows than neighbours. */
export function umap(matrix: Matrix, options: UmapOptions = {}): Float64Array {
  const { rows, columns, values } = matrix;
  const { before = null } = options;
  const map = new UMAP({
    nComponents: 2,
    nNeighbors: Math.max(2, Math.min(options.neighbours ?? 15, rows - 1)),
    minDist: options.minimumDistance ?? 0.1,
    random: randomNumbers(options.seed ?? 0),
    ...(before === null ? {} : { learningRate: rateAfter }),
  });
  const epochs = map.initializeFit(
    Array.from({ length: rows }, (_, row) => Array.from(values.subarray(row * columns, (row + 1) * columns))),
  );
  // The library begins at random places, and moves these very rows.
  if (before !== null)
    map.getEmbedding().forEach((place, row) => {
      place[0] = before[row * 2] ?? 0;
      place[1] = before[row * 2 + 1] ?? 0;
    });
  for (let epoch = 0; epoch < epochs; epoch++) {
    map.step();
    if (epoch % 10 === 0) options.progress?.(epoch / epochs, flat(map.getEmbedding()));
  }
  return flat(map.getEmbedding());
}
