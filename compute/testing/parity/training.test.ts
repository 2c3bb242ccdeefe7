/** 100 steps of training in float64: Hebb's reference device against PyTorch, losses step by step and final weights. */
import { describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import { float64Cases } from './networks';
import { lossCurve, trainWithHebb, trainWithPyTorch, weightDeviation } from './training-parity';

/** Rounding differs by about 1e-16 a step and grows as training amplifies it; a wrong rule shows within a step or two. */
const BOUND = 1e-9;
/** Milliseconds: the whole ResNet-20 takes 20 minutes on two busy cores, other whole networks three at most. */
const LIMIT = 3_600_000;

describe.each(float64Cases)('$name', (parity) => {
  test(
    'has the losses and the final weights of PyTorch',
    async () => {
      const torch = await trainWithPyTorch(parity, 'float64');
      const hebb = await trainWithHebb(openReferenceDevice(), parity);
      const curve = lossCurve(hebb, torch);
      expect(curve.length).toBe(parity.steps);
      // The comparison means something only where training moved.
      expect(torch.losses.at(-1)).toBeLessThan(0.9 * (torch.losses[0] ?? 0));
      expect(
        Math.max(...curve),
        `relative differences of the losses: ${curve.map((value) => value.toExponential(1)).join(' ')}`,
      ).toBeLessThan(BOUND);
      expect(weightDeviation(hebb, torch)).toBeLessThan(BOUND);
    },
    LIMIT,
  );
});
