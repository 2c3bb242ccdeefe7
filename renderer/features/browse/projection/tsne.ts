/**
 * t-SNE: a map on which near neighbours stay near (van der Maaten and Hinton, JMLR 9, 2008), with sparse affinities and
 * grouped repulsion (van der Maaten, JMLR 15, 2014), begun from principal components (Kobak and Berens 2019). Pure.
 */
import type { Matrix } from './matrix';
import { nearestNeighbours } from './nearest';
import { principalComponents } from './pca';
import { buildQuadTree } from './quad-tree';

export interface TsneOptions {
  /** About how many neighbours each sample has; at most a third of the samples. */
  readonly perplexity?: number;
  readonly iterations?: number;
  /** A map [rows, 2] to begin with: points move on from there. */
  readonly before?: Float32Array | null;
  /** 0 is exact; 0.5 is usual. */
  readonly theta?: number;
  /** 0 … 1, the map so far [rows, 2], and its divergence from the data. Not at every iteration. */
  readonly progress?: (fraction: number, points: Float64Array, divergence: number) => void;
}

export interface TsneMap {
  readonly points: Float64Array;
  /** Kullback and Leibler's, of the map from the data, over the affinities that are kept. */
  readonly divergence: number;
}

const exaggeration = 12;
const exaggeratedIterations = 250;
/** On from an earlier map: long enough for what has changed to find its place, gently enough that the rest stays. */
const exaggerationAfter = 4;
const exaggeratedIterationsAfter = 60;
const iterationsAfter = 400;
const reportEvery = 10;

/** Affinities of pairs as rows of a sparse symmetric matrix; their sum is 1. */
interface Affinities {
  readonly starts: Int32Array;
  readonly others: Int32Array;
  readonly values: Float64Array;
}

/** exp(−β d²) over the neighbours, β such that the entropy is log(perplexity), by bisection; [rows, count], each row sums to 1. */
export function conditionalAffinities(distances: Float64Array, rows: number, count: number, perplexity: number): Float64Array {
  const result = new Float64Array(rows * count);
  const wanted = Math.log(Math.min(perplexity, count));
  for (let row = 0; row < rows; row++) {
    const nearest = distances[row * count] ?? 0;
    let beta = 1;
    let low = 0;
    let high = Infinity;
    for (let attempt = 0; attempt < 100; attempt++) {
      let sum = 0;
      let weighted = 0;
      for (let rank = 0; rank < count; rank++) {
        const beyond = (distances[row * count + rank] ?? 0) - nearest;
        const weight = Math.exp(-beta * beyond);
        result[row * count + rank] = weight;
        sum += weight;
        weighted += beyond * weight;
      }
      const entropy = Math.log(sum) + (beta * weighted) / sum;
      for (let rank = 0; rank < count; rank++) result[row * count + rank] = (result[row * count + rank] ?? 0) / sum;
      if (Math.abs(entropy - wanted) < 1e-5) break;
      if (entropy > wanted) {
        low = beta;
        beta = high === Infinity ? beta * 2 : (beta + high) / 2;
      } else {
        high = beta;
        beta = (beta + low) / 2;
      }
    }
  }
  return result;
}

/** pᵢⱼ = (pⱼ|ᵢ + pᵢ|ⱼ) / 2n. */
function symmetrise(conditional: Float64Array, indices: Int32Array, rows: number, count: number): Affinities {
  const maps = Array.from({ length: rows }, () => new Map<number, number>());
  const add = (row: number, other: number, value: number): void => {
    const map = maps[row];
    map?.set(other, (map.get(other) ?? 0) + value);
  };
  for (let row = 0; row < rows; row++)
    for (let rank = 0; rank < count; rank++) {
      const other = indices[row * count + rank] ?? 0;
      const half = (conditional[row * count + rank] ?? 0) / (2 * rows);
      add(row, other, half);
      add(other, row, half);
    }
  const total = maps.reduce((sum, map) => sum + map.size, 0);
  const starts = new Int32Array(rows + 1);
  const others = new Int32Array(total);
  const values = new Float64Array(total);
  let end = 0;
  maps.forEach((map, row) => {
    starts[row] = end;
    for (const [other, value] of map) {
      others[end] = other;
      values[end] = value;
      end++;
    }
  });
  starts[rows] = end;
  return { starts, others, values };
}

/** Where the map begins: the first two components, so small that nobody stands in another's way. */
function beginning(matrix: Matrix): Float64Array {
  const { projected, variances } = principalComponents(matrix, 2, { iterations: 10 });
  const points = new Float64Array(matrix.rows * 2);
  const scale = 1e-4 / Math.sqrt(Math.max(variances[0] ?? 0, 1e-30));
  for (let row = 0; row < matrix.rows; row++)
    for (let axis = 0; axis < Math.min(2, projected.columns); axis++)
      points[row * 2 + axis] = (projected.values[row * projected.columns + axis] ?? 0) * scale;
  return points;
}

/** The map of the rows; needs at least four of them. */
export function tsne(matrix: Matrix, options: TsneOptions = {}): TsneMap {
  const { rows } = matrix;
  const { before = null, theta = 0.5, progress } = options;
  const { iterations = before === null ? 750 : iterationsAfter } = options;
  const perplexity = Math.max(1, Math.min(options.perplexity ?? 30, (rows - 1) / 3));
  const { count, indices, distances } = nearestNeighbours(matrix, Math.min(rows - 1, Math.ceil(perplexity * 3)));
  const affinities = symmetrise(conditionalAffinities(distances, rows, count, perplexity), indices, rows, count);
  const points = before === null ? beginning(matrix) : Float64Array.from(before);
  const exaggerated = before === null ? exaggeration : exaggerationAfter;
  const earlyIterations = Math.min(before === null ? exaggeratedIterations : exaggeratedIterationsAfter, iterations / 3);
  const velocity = new Float64Array(rows * 2);
  const gains = new Float64Array(rows * 2).fill(1);
  const gradient = new Float64Array(rows * 2);
  const rate = Math.max(rows / exaggeration / 4, 50);
  let divergence = Infinity;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const early = iteration < earlyIterations;
    divergence = tsneGradient(affinities, points, early ? exaggerated : 1, theta, gradient);
    const momentum = early ? 0.5 : 0.8;
    for (let at = 0; at < points.length; at++) {
      const slope = gradient[at] ?? 0;
      const speed = velocity[at] ?? 0;
      const gain = Math.max(0.01, Math.sign(slope) === Math.sign(speed) ? (gains[at] ?? 1) * 0.8 : (gains[at] ?? 1) + 0.2);
      gains[at] = gain;
      velocity[at] = momentum * speed - rate * gain * slope;
      points[at] = (points[at] ?? 0) + (velocity[at] ?? 0);
    }
    centre(points);
    if (progress && iteration % reportEvery === 0) progress(iteration / iterations, points, divergence);
  }
  return { points, divergence: tsneGradient(affinities, points, 1, theta, gradient) };
}

/**
 * ∂KL/∂points, written into `gradient`: 4 Σ (e pᵢⱼ − qᵢⱼ)(yᵢ − yⱼ) / (1 + |yᵢ − yⱼ|²); returns the divergence without the
 * exaggeration e.
 */
function tsneGradient(affinities: Affinities, points: Float64Array, exaggerated: number, theta: number, gradient: Float64Array): number {
  const rows = points.length / 2;
  const tree = buildQuadTree(points);
  const repulsion = new Float64Array(rows * 2);
  const force = new Float64Array(2);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    force.fill(0);
    total += tree.repulsion(row, theta, force);
    repulsion.set(force, row * 2);
  }
  let divergence = 0;
  for (let row = 0; row < rows; row++) {
    let x = 0;
    let y = 0;
    const end = affinities.starts[row + 1] ?? 0;
    for (let at = affinities.starts[row] ?? 0; at < end; at++) {
      const other = affinities.others[at] ?? 0;
      const p = affinities.values[at] ?? 0;
      const dx = (points[row * 2] ?? 0) - (points[other * 2] ?? 0);
      const dy = (points[row * 2 + 1] ?? 0) - (points[other * 2 + 1] ?? 0);
      const q = 1 / (1 + dx * dx + dy * dy);
      x += exaggerated * p * q * dx;
      y += exaggerated * p * q * dy;
      if (p > 0) divergence += p * Math.log((p * total) / q);
    }
    gradient[row * 2] = 4 * (x - (repulsion[row * 2] ?? 0) / total);
    gradient[row * 2 + 1] = 4 * (y - (repulsion[row * 2 + 1] ?? 0) / total);
  }
  return divergence;
}

function centre(points: Float64Array): void {
  for (const axis of [0, 1]) {
    let sum = 0;
    for (let at = axis; at < points.length; at += 2) sum += points[at] ?? 0;
    const mean = sum / Math.max(1, points.length / 2);
    for (let at = axis; at < points.length; at += 2) points[at] = (points[at] ?? 0) - mean;
  }
}
