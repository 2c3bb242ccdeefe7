/** 100 steps of training in float32: WebGPU and the CPU against PyTorch, losses step by step. The curve is printed: rounding grows. */
import { beforeAll, describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../../main/cli/testing/devices';
import { parityCases } from './networks';
import { lossCurve, trainWithHebb, trainWithPyTorch, totalWeightDeviation } from './training-parity';

/**
 * float32 rounds by 6e-8 an operation. Where rounding switches a ReLU or a maximum the difference jumps, then training
 * amplifies it: PyTorch in float32 differs from itself in float64 by up to 2e-4 on these cases.
 */
const LOSS_BOUND = 1e-3;
/** Of all weights as one vector: a bias that starts at 0 stays so small that one ReLU switching by rounding shows in it. */
const WEIGHT_BOUND = 1e-3;

const deviceOf = devicesForTests();

describe.each(parityCases)('$name', (parity) => {
  let torch: Awaited<ReturnType<typeof trainWithPyTorch>>;
  beforeAll(async () => {
    torch = await trainWithPyTorch(parity, 'float32');
  }, 180_000);

  test.each(testedKinds)('has the losses and the final weights of PyTorch on %s', { timeout: 180_000 }, async (kind) => {
    const hebb = await trainWithHebb(deviceOf(kind), parity);
    const curve = lossCurve(hebb, torch);
    const everyTenth = curve.filter((_, step) => step % 10 === 9).map((value) => value.toExponential(1));
    console.info(
      `${parity.name} on ${kind}: greatest ${Math.max(...curve).toExponential(1)}; after steps 10, 20 … ${everyTenth.join(' ')}; weights ${totalWeightDeviation(hebb, torch).toExponential(1)}`,
    );
    expect(curve.length).toBe(parity.steps);
    expect(Math.max(...curve)).toBeLessThan(LOSS_BOUND);
    expect(totalWeightDeviation(hebb, torch)).toBeLessThan(WEIGHT_BOUND);
  });
});
