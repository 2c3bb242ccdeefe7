/**
 * What a training has measured so far, in typed arrays outside reactivity: each step's loss and accuracy, each epoch's
 * validation. It knows no store; a run on disk becomes one too.
 */
import * as v from 'valibot';
import type { StepMetrics } from '../../../compute/worker/protocol';
import { createSeries, type Series } from '../../charts/series';

export interface EpochMetrics {
  /** Finished epochs, from 1. */
  readonly epoch: number;
  readonly step: number;
  readonly train: { readonly loss: number; readonly accuracy: number };
  readonly validation: { readonly loss: number; readonly accuracy: number };
}

export interface MetricsLog {
  readonly loss: Series;
  readonly accuracy: Series;
  readonly epochs: readonly EpochMetrics[];
  addSteps(metrics: readonly StepMetrics[]): void;
  addEpoch(epoch: EpochMetrics): void;
  /** Forgets every step after `step`, as when training goes on from there. */
  goBackTo(step: number): void;
  clear(): void;
}

export function createMetricsLog(): MetricsLog {
  const loss = createSeries();
  const accuracy = createSeries();
  let epochs: EpochMetrics[] = [];
  const goBackTo = (step: number) => {
    loss.truncate(step + 1);
    accuracy.truncate(step + 1);
    epochs = epochs.filter((epoch) => epoch.step <= step);
  };
  return {
    loss,
    accuracy,
    get epochs() {
      return epochs;
    },
    addSteps(metrics) {
      // After a lost device the steps since the last snapshot come again.
      const first = metrics[0];
      if (first !== undefined && first.step <= (loss.xs().at(-1) ?? -1)) goBackTo(first.step - 1);
      for (const metric of metrics) {
        loss.push(metric.step, metric.loss);
        accuracy.push(metric.step, metric.accuracy);
      }
    },
    addEpoch(epoch) {
      epochs = [...epochs.filter((known) => known.step < epoch.step), epoch];
    },
    goBackTo,
    clear() {
      goBackTo(-1);
    },
  };
}

const score = v.object({ loss: v.nullable(v.number()), accuracy: v.nullable(v.number()) });
const stepsRecord = v.object({
  type: v.literal('steps'),
  steps: v.array(v.number()),
  loss: v.array(v.nullable(v.number())),
  accuracy: v.array(v.nullable(v.number())),
});
const epochRecord = v.object({ type: v.literal('epoch'), epoch: v.number(), step: v.number(), train: score, validation: score });
const recordSchema = v.variant('type', [stepsRecord, epochRecord]);
export type MetricsRecord = v.InferOutput<typeof recordSchema>;

/** JSON has no NaN and no infinity: they are kept as null. */
const storable = (value: number): number | null => (Number.isFinite(value) ? value : null);
const readable = (value: number | null): number => value ?? NaN;

export const stepsToRecord = (metrics: readonly StepMetrics[]): MetricsRecord => ({
  type: 'steps',
  steps: metrics.map(({ step }) => step),
  loss: metrics.map(({ loss }) => storable(loss)),
  accuracy: metrics.map(({ accuracy }) => storable(accuracy)),
});

export const epochToRecord = ({ epoch, step, train, validation }: EpochMetrics): MetricsRecord => ({
  type: 'epoch',
  epoch,
  step,
  train: { loss: storable(train.loss), accuracy: storable(train.accuracy) },
  validation: { loss: storable(validation.loss), accuracy: storable(validation.accuracy) },
});

/** The log of a run as it was recorded; where it went on from an earlier step, the later record holds. Unknown records are skipped. */
export function logFromRecords(records: readonly unknown[]): MetricsLog {
  const log = createMetricsLog();
  for (const unknownRecord of records) {
    const parsed = v.safeParse(recordSchema, unknownRecord);
    if (!parsed.success) continue;
    const record = parsed.output;
    if (record.type === 'epoch') {
      log.addEpoch({
        epoch: record.epoch,
        step: record.step,
        train: { loss: readable(record.train.loss), accuracy: readable(record.train.accuracy) },
        validation: { loss: readable(record.validation.loss), accuracy: readable(record.validation.accuracy) },
      });
      continue;
    }
    const first = record.steps[0];
    if (first !== undefined) log.goBackTo(first - 1);
    log.addSteps(
      record.steps.map((step, index) => ({
        step,
        loss: readable(record.loss[index] ?? null),
        accuracy: readable(record.accuracy[index] ?? null),
      })),
    );
  }
  return log;
}

/** The last epoch recorded, for lists of runs; null if the record is none. */
export function epochOf(record: unknown): EpochMetrics | null {
  const parsed = v.safeParse(epochRecord, record);
  return parsed.success ? (logFromRecords([parsed.output]).epochs[0] ?? null) : null;
}
