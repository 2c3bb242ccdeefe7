/** The CPU device held against the reference: every sample of every operation and layer, results and gradients; the same bytes on any number of threads. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { threadsForTests } from '../../../main/cli/testing/threads';
import { unwrap } from '../../graph/problem';
import { comparisonOf, conformanceCases, roundingOf } from '../../testing/comparison';
import { evaluateOnce } from '../../testing/evaluation';
import type { Device } from '../device';
import { openReferenceDevice } from '../reference/reference-device';
import { openCpuDevice } from './cpu-device';

/**
 * Rounding of float32 is 2⁻²⁴ ≈ 6e-8 relative per operation. The samples sum at most a thousand products of numbers of
 * size 1; exp, log and tanh err by a few units in the last place more. 2e-5 leaves room for both.
 */
const tolerance = 2e-5;

describe('the CPU device', async () => {
  const host = await threadsForTests();
  const oracle = openReferenceDevice();
  let alone: Device;
  let together: Device;
  let rounded: Device;
  beforeAll(async () => {
    alone = unwrap(await openCpuDevice({ host, threads: 1 }));
    together = unwrap(await openCpuDevice({ host, threads: 2 }));
    rounded = unwrap(await openCpuDevice({ host, threads: 1, multiplyAdd: false }));
  });
  afterAll(() => {
    for (const device of [alone, together, rounded]) device.dispose();
  });

  it.each(conformanceCases.map((one) => [one.name, one] as const))('computes %s as the reference does', async (_name, one) => {
    const given = [...one.inputs, ...one.weights];
    const expected = await evaluateOnce(oracle, given, one.buildWithGradients);
    const single = await evaluateOnce(alone, given, one.buildWithGradients);
    const double = await evaluateOnce(together, given, one.buildWithGradients);
    const twice = await evaluateOnce(rounded, given, one.buildWithGradients);
    expect(roundingOf(one, comparisonOf(single, expected))).toBeLessThan(tolerance);
    expect(roundingOf(one, comparisonOf(twice, expected))).toBeLessThan(tolerance);
    expect(double).toEqual(single);
  });
});
