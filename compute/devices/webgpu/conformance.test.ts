/** WebGPU held against the reference device: every sample of every operation and layer, results and gradients. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../../main/cli/gpu';
import { compareOn, conformanceCases, roundingOf } from '../../testing/comparison';
import { unwrap } from '../../graph/problem';
import { openReferenceDevice } from '../reference/reference-device';
import { openWebGpuDevice, type WebGpuDevice, type WebGpuOptions } from './webgpu-device';

/**
 * Rounding of float32 is 2⁻²⁴ ≈ 6e-8 relative per operation. The samples sum at most a thousand products of numbers of
 * size 1; WGSL allows exp, log and tanh errors of a few units in the last place more. 2e-5 leaves room for both.
 */
const tolerance = 2e-5;

describe('WebGPU', async () => {
  const found = await openNodeGpu();
  const oracle = openReferenceDevice();
  const devices: WebGpuDevice[] = [];
  const open = async (options: WebGpuOptions): Promise<WebGpuDevice> => {
    const device = unwrap(await openWebGpuDevice(found?.gpu ?? null, options));
    devices.push(device);
    return device;
  };
  afterAll(() => {
    for (const device of devices) device.dispose();
  });

  describe('with the kernels for CPU adapters', () => {
    let device: WebGpuDevice;
    beforeAll(async () => {
      device = await open({ software: true });
    });
    it.each(conformanceCases.map((one) => [one.name, one] as const))('computes %s as the reference does', async (_name, one) => {
      expect(roundingOf(one, await compareOn(device, oracle, one))).toBeLessThan(tolerance);
    });
  });

  describe('with the kernels for CPU adapters without features', () => {
    const cases = conformanceCases.filter(({ name }) => /^(matrixProduct|convolution2d)/.test(name));
    let device: WebGpuDevice;
    beforeAll(async () => {
      device = await open({ software: true, features: [] });
    });
    it.each(cases.map((one) => [one.name, one] as const))('computes %s as the reference does', async (_name, one) => {
      expect(roundingOf(one, await compareOn(device, oracle, one))).toBeLessThan(tolerance);
    });
  });

  describe('with the kernels for GPUs', () => {
    // What differs from one kind of adapter to the other: reductions, products, convolutions, recurrences.
    const cases = conformanceCases.filter(({ name }) =>
      /sum|max|product|onvolution|conv2d|dense|batch-norm|scatter|^(lstm|gru|rnn)[^:]*: (more|of all)/.test(name),
    );
    const seen = new Map<string, number>();
    let choice = 0;
    let device: WebGpuDevice;
    beforeAll(async () => {
      device = await open({
        software: false,
        chooseVariant: (operation, variants) => {
          seen.set(operation, Math.max(seen.get(operation) ?? 0, variants.length));
          return Math.min(choice, variants.length - 1);
        },
      });
    });
    it.each(cases.map((one) => [one.name, one] as const))('computes %s as the reference does, in every variant', async (_name, one) => {
      seen.clear();
      choice = 0;
      do {
        const { worst } = await compareOn(device, oracle, one);
        expect(worst).toBeLessThan(tolerance);
        choice++;
      } while (choice < Math.max(0, ...seen.values()));
    });
  });
});
