import { describe, expect, it } from 'vitest';
import { curvesOf, rowsOf } from './curves';
import { createMetricsLog } from './metrics-log';

function trained(steps: number) {
  const log = createMetricsLog();
  log.addSteps(
    Array.from({ length: steps }, (_, index) => ({
      step: index + 1,
      loss: 1 / (index + 1),
      accuracy: index / steps,
      meanAbsoluteError: 0,
    })),
  );
  log.addEpoch({
    epoch: 1,
    step: 7,
    train: { loss: 1, accuracy: 0, meanAbsoluteError: 0 },
    validation: { loss: 0.25, accuracy: 0.75, meanAbsoluteError: 0 },
  });
  return log;
}

describe('curves', () => {
  it('have raw, smoothed and validation points', () => {
    const { raw, smoothed, validation } = curvesOf(trained(10), 'accuracy', 0.9, 1);
    expect(raw[0]).toEqual([1, 0]);
    expect(smoothed.length).toBe(10);
    expect(validation).toEqual([[7, 0.75]]);
  });
  it('go by epoch when a unit is an epoch', () => {
    expect(curvesOf(trained(10), 'loss', 0, 7).validation).toEqual([[1, 0.25]]);
  });
  it('leave the smoothed line out where nothing is smoothed', () => {
    expect(curvesOf(trained(10), 'loss', 0, 1).smoothed).toEqual([]);
  });
});

describe('table rows', () => {
  it('are few, ordered, and hold every epoch and the last step', () => {
    const rows = rowsOf(trained(1000), 'loss', 0.5, 10);
    expect(rows.length).toBeLessThanOrEqual(12);
    expect(rows.find(({ step }) => step === 7)).toMatchObject({ validation: 0.25, train: 1 / 7 });
    expect(rows.at(-1)?.step).toBe(1000);
    expect(rows.map(({ step }) => step)).toEqual([...rows.map(({ step }) => step)].sort((a, b) => a - b));
  });
});
