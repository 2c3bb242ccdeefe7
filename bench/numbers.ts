/** The numbers that are computed with: drawn from a seed, the same in every engine and every process. */
import { sizeOf, type Shape } from '../compute/graph/tensor';
import type { TrainingWorkload } from './workloads';

/** Batches that training cycles through. */
export const BATCHES = 5;

/** Uniform in 0 … 1: a linear congruential generator (Numerical Recipes, 3rd ed., 7.1), the low bits left out. */
export function pseudoRandom(seed: number): () => number {
  let state = (seed + 1) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  // Neighbouring seeds start alike.
  for (let step = 0; step < 8; step++) next();
  return next;
}

/** Uniform in −0.5 … 0.5. */
export function operand(shape: Shape, seed: number): Float32Array {
  const random = pseudoRandom(seed);
  return Float32Array.from({ length: sizeOf(shape) }, () => random() - 0.5);
}

export interface TrainingData {
  readonly count: number;
  /** Tokens are whole numbers in it as well. */
  readonly samples: Float32Array;
  readonly labels: Int32Array;
}

/** `BATCHES` batches: samples row-major, labels a sample or, where the workload says so, a position. */
export function trainingData({ batch, sampleShape, vocabulary, classes, perPosition = false }: TrainingWorkload): TrainingData {
  const random = pseudoRandom(1);
  const count = batch * BATCHES;
  const size = sizeOf(sampleShape);
  return {
    count,
    samples: Float32Array.from({ length: count * size }, () => (vocabulary === undefined ? random() : Math.floor(random() * vocabulary))),
    labels: Int32Array.from({ length: count * (perPosition ? (sampleShape[0] ?? 1) : 1) }, () => Math.floor(random() * classes)),
  };
}
