import { describe, expect, it } from 'vitest';
import { createMetricsLog, epochToRecord, logFromRecords, stepsToRecord } from './metrics-log';

const steps = (from: number, to: number, loss = 1) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ step: from + index, loss, accuracy: 0.5, meanAbsoluteError: NaN }));
const epoch = (number: number, step: number) => ({
  epoch: number,
  step,
  train: { loss: 0.5, accuracy: 0.8, meanAbsoluteError: NaN },
  validation: { loss: 0.4, accuracy: 0.9, meanAbsoluteError: NaN },
});

describe('a metrics log', () => {
  it('goes back to a step with everything after it forgotten', () => {
    const log = createMetricsLog();
    log.addSteps(steps(1, 20));
    log.addEpoch(epoch(1, 10));
    log.addEpoch(epoch(2, 20));
    log.goBackTo(10);
    expect(log.loss.length).toBe(10);
    expect(log.epochs.map(({ step }) => step)).toEqual([10]);
    log.clear();
    expect(log.accuracy.length).toBe(0);
    expect(log.epochs).toEqual([]);
  });

  it('takes steps that come again in place of those that were', () => {
    const log = createMetricsLog();
    log.addSteps(steps(1, 8, 1));
    log.addSteps(steps(5, 6, 2));
    expect([...log.loss.xs()]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...log.loss.ys()]).toEqual([1, 1, 1, 1, 2, 2]);
  });

  it('is again what it was, by its content, after others stood in its place', () => {
    const log = createMetricsLog();
    log.addSteps(steps(1, 3));
    log.addEpoch(epoch(1, 3));
    const kept = log.content();
    log.clear();
    log.addSteps(steps(1, 9, 4));
    log.addEpoch(epoch(2, 9));
    log.replace(kept);
    expect([[...log.loss.xs()], [...log.loss.ys()]]).toEqual([
      [1, 2, 3],
      [1, 1, 1],
    ]);
    expect(log.epochs).toEqual([epoch(1, 3)]);
    expect(log.content()).toEqual(kept);
  });

  it('keeps one entry an epoch when it is measured again', () => {
    const log = createMetricsLog();
    log.addEpoch(epoch(1, 10));
    log.addEpoch(epoch(1, 10));
    expect(log.epochs.length).toBe(1);
  });
});

describe('records', () => {
  it('survive JSON, with numbers that JSON lacks', () => {
    const records: unknown[] = JSON.parse(
      JSON.stringify([
        stepsToRecord([...steps(1, 2), { step: 3, loss: NaN, accuracy: 0, meanAbsoluteError: 0 }]),
        epochToRecord(epoch(1, 3)),
      ]),
    ) as unknown[];
    const log = logFromRecords(records);
    expect([...log.loss.ys()]).toEqual([1, 1, NaN]);
    expect(log.epochs).toEqual([epoch(1, 3)]);
  });

  it('of a run that went on from a checkpoint hold the later numbers', () => {
    const log = logFromRecords([stepsToRecord(steps(1, 10, 1)), stepsToRecord(steps(6, 8, 2))]);
    expect([...log.loss.xs()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...log.loss.ys()]).toEqual([1, 1, 1, 1, 1, 2, 2, 2]);
  });

  it('that nobody knows are skipped', () => {
    expect(logFromRecords([{ type: 'weather' }, null, 3]).loss.length).toBe(0);
  });
});
