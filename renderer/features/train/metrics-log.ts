/**
 * What a training has measured so far, in typed arrays outside reactivity: each step's loss and accuracy or mean absolute error, each epoch's
 * validation. It knows no store; a run on disk becomes one too.
 */
import * as v from 'valibot';
import type { StepMetrics } from '../../../compute/worker/protocol';
import { createSeries, type Series } from '../../charts/series';

/** NaN for what was not measured: the accuracy where numbers are told, the mean absolute error where classes are. */
export interface Scores {
  readonly loss: number;
  readonly accuracy: number;
  readonly meanAbsoluteError: number;
}

export interface EpochMetrics {
  /** Finished epochs, from 1. */
  readonly epoch: number;
  readonly step: number;
  readonly train: Scores;
  readonly validation: Scores;
}

/** All that a log holds, as plain data. */
export interface LogContent {
  readonly steps: readonly StepScores[];
  readonly epochs: readonly EpochMetrics[];
}
type StepScores = Scores & { readonly step: number };

export interface MetricsLog {
  readonly loss: Series;
  readonly accuracy: Series;
  readonly meanAbsoluteError: Series;
  readonly epochs: readonly EpochMetrics[];
  addSteps(metrics: readonly StepScores[]): void;
  addEpoch(epoch: EpochMetrics): void;
  /** Forgets every step after `step`, as when training goes on from there. */
  goBackTo(step: number): void;
  clear(): void;
  content(): LogContent;
  /** In place of what was there. */
  replace(content: LogContent): void;
}

export function createMetricsLog(): MetricsLog {
  const loss = createSeries();
  const accuracy = createSeries();
  const meanAbsoluteError = createSeries();
  let epochs: EpochMetrics[] = [];
  const goBackTo = (step: number) => {
    loss.truncate(step + 1);
    accuracy.truncate(step + 1);
    meanAbsoluteError.truncate(step + 1);
    epochs = epochs.filter((epoch) => epoch.step <= step);
  };
  function addSteps(metrics: readonly StepScores[]): void {
    // After a lost device the steps since the last snapshot come again.
    const first = metrics[0];
    if (first !== undefined && first.step <= (loss.xs().at(-1) ?? -1)) goBackTo(first.step - 1);
    for (const metric of metrics) {
      loss.push(metric.step, metric.loss);
      accuracy.push(metric.step, metric.accuracy);
      meanAbsoluteError.push(metric.step, metric.meanAbsoluteError);
    }
  }
  return {
    loss,
    accuracy,
    meanAbsoluteError,
    get epochs() {
      return epochs;
    },
    addSteps,
    addEpoch(epoch) {
      epochs = [...epochs.filter((known) => known.step < epoch.step), epoch];
    },
    goBackTo,
    clear() {
      goBackTo(-1);
    },
    content() {
      const at = (series: Series, index: number): number => series.ys()[index] ?? NaN;
      const steps = Array.from(loss.xs(), (step, index) => ({
        step,
        loss: at(loss, index),
        accuracy: at(accuracy, index),
        meanAbsoluteError: at(meanAbsoluteError, index),
      }));
      return { steps, epochs };
    },
    replace(content) {
      goBackTo(-1);
      addSteps(content.steps);
      epochs = content.epochs.slice();
    },
  };
}

/** Of a record without it, as earlier versions wrote them, it was not measured. */
const added = v.optional(v.nullable(v.number()), null);
const score = v.object({ loss: v.nullable(v.number()), accuracy: v.nullable(v.number()), meanAbsoluteError: added });
const stepsRecord = v.object({
  type: v.literal('steps'),
  steps: v.array(v.number()),
  loss: v.array(v.nullable(v.number())),
  accuracy: v.array(v.nullable(v.number())),
  meanAbsoluteError: v.optional(v.array(v.nullable(v.number())), []),
});
const epochRecord = v.object({ type: v.literal('epoch'), epoch: v.number(), step: v.number(), train: score, validation: score });
const recordSchema = v.variant('type', [stepsRecord, epochRecord]);
export type MetricsRecord = v.InferInput<typeof recordSchema>;

/** JSON has no NaN and no infinity: they are kept as null. */
const storable = (value: number): number | null => (Number.isFinite(value) ? value : null);
const readable = (value: number | null): number => value ?? NaN;

export const stepsToRecord = (metrics: readonly StepMetrics[]): MetricsRecord => ({
  type: 'steps',
  steps: metrics.map(({ step }) => step),
  loss: metrics.map(({ loss }) => storable(loss)),
  accuracy: metrics.map(({ accuracy }) => storable(accuracy)),
  // Only where numbers are told: a run of classes is as long as it was.
  ...(metrics.some(({ meanAbsoluteError }) => !Number.isNaN(meanAbsoluteError))
    ? { meanAbsoluteError: metrics.map(({ meanAbsoluteError }) => storable(meanAbsoluteError)) }
    : {}),
});

const scoreToRecord = ({ loss, accuracy, meanAbsoluteError }: Scores) => ({
  loss: storable(loss),
  accuracy: storable(accuracy),
  ...(Number.isNaN(meanAbsoluteError) ? {} : { meanAbsoluteError: storable(meanAbsoluteError) }),
});
const scoreFromRecord = ({ loss, accuracy, meanAbsoluteError }: v.InferOutput<typeof score>): Scores => ({
  loss: readable(loss),
  accuracy: readable(accuracy),
  meanAbsoluteError: readable(meanAbsoluteError),
});

export const epochToRecord = ({ epoch, step, train, validation }: EpochMetrics): MetricsRecord => ({
  type: 'epoch',
  epoch,
  step,
  train: scoreToRecord(train),
  validation: scoreToRecord(validation),
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
        train: scoreFromRecord(record.train),
        validation: scoreFromRecord(record.validation),
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
        meanAbsoluteError: readable(record.meanAbsoluteError[index] ?? null),
      })),
    );
  }
  return log;
}
