/** WebGPU held against the reference device: every sample of every operation and layer, results and gradients. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../../main/cli/gpu';
import { compareOn, conformanceCases } from '../../testing/comparison';
import { unwrap } from '../../graph/problem';
import { openReferenceDevice } from '../reference/reference-device';
import { openWebGpuDevice, type WebGpuDevice } from './webgpu-device';

/**
 * Rounding of float32 is 2⁻²⁴ ≈ 6e-8 relative per operation. The samples sum at most a thousand products of numbers of
 * size 1; WGSL allows exp, log and tanh errors of a few units in the last place more. 2e-5 leaves room for both.
 */
const tolerance = 2e-5;

describe('WebGPU', async () => {
  const found = await openNodeGpu();
  let device: WebGpuDevice;
  const oracle = openReferenceDevice();
  beforeAll(async () => {
    device = unwrap(await openWebGpuDevice(found?.gpu ?? null));
  });
  afterAll(() => {
    device.dispose();
  });

  it.each(conformanceCases.map((one) => [one.name, one] as const))('computes %s as the reference does', async (_name, one) => {
    const { worst } = await compareOn(device, oracle, one);
    expect(worst).toBeLessThan(tolerance);
  });
});
