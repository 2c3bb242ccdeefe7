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

/** Computes results and gradients of a case on both devices. Rejects with the compiler's message where one does not compile. */
export async function compareOn(
  device: Device,
  oracle: Device,
  { inputs, weights, buildWithGradients }: ConformanceCase,
): Promise<Comparison> {
  const given = [...inputs, ...weights];
  const actual = await evaluateOnce(device, given, buildWithGradients);
  const expected = await evaluateOnce(oracle, given, buildWithGradients);
  const deviations = expected.map((values, position) => deviationOf(actual[position] ?? [], values));
  const ofGreatest = expected.map((values, position) => deviationOf(actual[position] ?? [], values, greatestOf(values)));
  return { deviations, worst: Math.max(0, ...deviations), worstOfGreatest: Math.max(0, ...ofGreatest) };
}
