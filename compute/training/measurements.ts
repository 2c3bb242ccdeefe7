/** What the steps of a training add up to: means of the epoch, speed, time left. Pure; it reads no clock. */
import type { StepMetrics } from './progress';
import type { Cursor } from './snapshot';
import { createSpeed } from './speed';

export interface Measurements {
  /** Training begins, or goes on, now. */
  begin(now: number): void;
  /** The steps up to the position, the last of which it has just finished. */
  add(
    metrics: readonly StepMetrics[],
    finished: Cursor,
    epochs: number,
    now: number,
  ): { readonly samplesPerSecond: number; readonly secondsLeft: number };
  /** Means over the samples since the last call, 0 if there were none; the next epoch begins. */
  endEpoch(): { readonly loss: number; readonly accuracy: number; readonly meanAbsoluteError: number };
}

const nothing = { samples: 0, loss: 0, accuracy: 0, meanAbsoluteError: 0 };

export function createMeasurements(sampleCount: number, batchSize: number): Measurements {
  const batch = Math.min(batchSize, sampleCount);
  const speed = createSpeed();
  let sum = nothing;
  return {
    begin: (now) => {
      speed.begin(now);
    },
    add(metrics, { epoch, stepInEpoch }, epochs, now) {
      let samples = 0;
      metrics.forEach(({ loss, accuracy, meanAbsoluteError }, index) => {
        const stepsBefore = stepInEpoch - (metrics.length - index);
        // The last batch of an epoch may be smaller.
        const size = Math.min(batch, sampleCount - stepsBefore * batch);
        samples += size;
        sum = {
          samples: sum.samples + size,
          loss: sum.loss + loss * size,
          accuracy: sum.accuracy + accuracy * size,
          meanAbsoluteError: sum.meanAbsoluteError + meanAbsoluteError * size,
        };
      });
      speed.finished(samples, now);
      const samplesLeft = (epochs - epoch) * sampleCount - Math.min(sampleCount, stepInEpoch * batch);
      const { samplesPerSecond } = speed;
      return { samplesPerSecond, secondsLeft: samplesPerSecond > 0 ? Math.max(0, samplesLeft) / samplesPerSecond : 0 };
    },
    endEpoch() {
      const { samples, loss, accuracy, meanAbsoluteError } = sum;
      sum = nothing;
      const of = (total: number): number => (samples === 0 ? 0 : total / samples);
      return { loss: of(loss), accuracy: of(accuracy), meanAbsoluteError: of(meanAbsoluteError) };
    },
  };
}
