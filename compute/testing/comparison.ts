/** One device held against another, case by case: what WebGPU gives for what the reference gives. */
import type { Device } from '../devices/device';
import { evaluateOnce } from './evaluation';
import { layerCases } from './layer-cases';
import { lossCases } from './loss-cases';
import { operationCases, type ConformanceCase } from './operation-cases';

/** All samples of operations, layers and losses. */
export const conformanceCases: readonly ConformanceCase[] = [...operationCases, ...layerCases, ...lossCases];

/** Greatest |a − b| / (scale + |b|) over all elements; NaN or a different length counts as infinite. */
export function deviationOf(actual: ArrayLike<number>, expected: ArrayLike<number>, scale = 1): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  for (let index = 0; index < expected.length; index++) {
    const a = actual[index] ?? NaN;
    const b = expected[index] ?? NaN;
    const deviation = a === b ? 0 : Math.abs(a - b) / (scale + Math.abs(b));
    if (!(deviation <= worst)) worst = Number.isNaN(deviation) ? Infinity : deviation;
  }
  return worst;
}

export interface Comparison {
  /** Greatest |device − oracle| / (1 + |oracle|) of each result: first the outputs, then a gradient for each f32 input. */
  readonly deviations: readonly number[];
  readonly worst: number;
  /** The same where a difference is measured by the greatest number of its result: sums of large terms may cancel in some elements. */
  readonly worstOfGreatest: number;
}

const greatestOf = (values: Float64Array): number => values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 1);

/** Results and gradients of one device held against another's. */
export function comparisonOf(actual: readonly ArrayLike<number>[], expected: readonly Float64Array[]): Comparison {
  const deviations = expected.map((values, position) => deviationOf(actual[position] ?? [], values));
  const ofGreatest = expected.map((values, position) => deviationOf(actual[position] ?? [], values, greatestOf(values)));
  return { deviations, worst: Math.max(0, ...deviations), worstOfGreatest: Math.max(0, ...ofGreatest) };
}

/** Computes results and gradients of a case on both devices. Rejects with the compiler's message where one does not compile. */
export async function compareOn(
  device: Device,
  oracle: Device,
  { inputs, weights, buildWithGradients }: ConformanceCase,
): Promise<Comparison> {
  const given = [...inputs, ...weights];
  return comparisonOf(await evaluateOnce(device, given, buildWithGradients), await evaluateOnce(oracle, given, buildWithGradients));
}

/**
 * What is held against a tolerance: the worst deviation, each by its own result. Convolutions of many channels may be computed by tiles
 * (ops/winograd.ts), where every result is made of all the sums of its tile and rounds as the greatest does: of these it is five times the
 * worst by the greatest, of which 1.2e-6 was the most that was seen.
 */
export const roundingOf = ({ name }: ConformanceCase, { worst, worstOfGreatest }: Comparison): number =>
  /^convolution2d\w*: many channels/.test(name) ? 5 * worstOfGreatest : worst;
