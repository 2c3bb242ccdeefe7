import { describe, expect, it } from 'vitest';
import { createMeasurements } from './measurements';

const step = (number: number, loss: number, accuracy: number) => ({ step: number, loss, accuracy, meanAbsoluteError: 1 - accuracy });

describe('measurements', () => {
  it('weigh the last, smaller batch of an epoch by its samples', () => {
    const measurements = createMeasurements(10, 4);
    measurements.begin(0);
    measurements.add([step(1, 1, 0.5), step(2, 2, 0.5)], { epoch: 0, stepInEpoch: 2, step: 2 }, 1, 100);
    measurements.add([step(3, 6, 1)], { epoch: 0, stepInEpoch: 3, step: 3 }, 1, 200);
    // (4·1 + 4·2 + 2·6) / 10 and (4·0.5 + 4·0.5 + 2·1) / 10
    expect(measurements.endEpoch()).toEqual({ loss: 2.4, accuracy: 0.6, meanAbsoluteError: 0.4 });
    expect(measurements.endEpoch()).toEqual({ loss: 0, accuracy: 0, meanAbsoluteError: 0 });
  });

  it('tell speed and time left from what was finished when', () => {
    const measurements = createMeasurements(100, 10);
    measurements.begin(1000);
    const first = measurements.add([step(1, 1, 0), step(2, 1, 0)], { epoch: 0, stepInEpoch: 2, step: 2 }, 2, 2000);
    // 20 samples in a second; 180 of 200 are left.
    expect(first).toEqual({ samplesPerSecond: 20, secondsLeft: 9 });
    const last = measurements.add([], { epoch: 1, stepInEpoch: 10, step: 20 }, 2, 2000);
    expect(last.secondsLeft).toBe(0);
  });

  it('leave a pause out of the speed', () => {
    const measurements = createMeasurements(100, 10);
    measurements.begin(0);
    measurements.add([step(1, 1, 0)], { epoch: 0, stepInEpoch: 1, step: 1 }, 1, 1000);
    measurements.begin(50_000);
    const { samplesPerSecond } = measurements.add([step(2, 1, 0)], { epoch: 0, stepInEpoch: 2, step: 2 }, 1, 51_000);
    expect(samplesPerSecond).toBe(10);
  });
});
