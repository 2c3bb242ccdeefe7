import { describe, expect, it } from 'vitest';
import { duration, figure } from './numbers';
import { createOutput } from './output';
import { lengthOf, samplesIn } from './training-length';
import { bar, jsonReport, textReport, type ProgressReport } from './training-report';

function capture(terminal: { readonly columns: number } | null) {
  let written = '';
  const stream = { write: (text: string) => (written += text), ...(terminal === null ? {} : { isTTY: true, columns: terminal.columns }) };
  return { output: createOutput(stream, stream), written: () => written };
}

const at = (step: number, more: Partial<ProgressReport> = {}): ProgressReport => ({
  epoch: 1,
  epochs: 2,
  step,
  steps: 100,
  samplesPerSecond: 2310.4,
  secondsLeft: 83,
  ...more,
});
const done = {
  testAccuracy: 0.97531,
  testLoss: 0.0812,
  steps: 100,
  seconds: 75,
  samplesPerSecond: 2310.4,
  busyShare: 1,
  device: 'SwiftShader (software)',
};

describe('the report for programs', () => {
  it('prints each step, exactly, on a line of its own', () => {
    const { output, written } = capture(null);
    const report = jsonReport(output);
    const loss = Math.fround(0.1);
    report.steps(
      [
        { step: 1, loss, accuracy: 0.5 },
        { step: 2, loss: NaN, accuracy: 0 },
      ],
      at(2),
    );
    report.epoch({ epoch: 1, step: 2, trainLoss: 1, trainAccuracy: 0.25, validationLoss: 2, validationAccuracy: 0.5 });
    report.done(done);
    const lines = written().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'step', step: 1, loss: 0.10000000149011612, accuracy: 0.5 },
      { event: 'step', step: 2, loss: null, accuracy: 0 },
      { event: 'epoch', epoch: 1, step: 2, trainLoss: 1, trainAccuracy: 0.25, validationLoss: 2, validationAccuracy: 0.5 },
      { event: 'done', ...done },
    ]);
  });
});

describe('the report for people', () => {
  it('draws one line on a terminal, with a bar that fits, and takes it away for results', () => {
    const { output, written } = capture({ columns: 120 });
    const report = textReport(output, () => 0);
    report.steps([{ step: 25, loss: 0.31234, accuracy: 0.91 }], at(25));
    expect(written()).toBe(
      '\r\u001b[K[████████░░░░░░░░░░░░░░░░░░░░░░] epoch 1/2 · step 25/100 · loss 0.312 · accuracy 0.91 · 2,310 samples/s · ETA 1:23',
    );
    report.done(done);
    expect(written().split('\u001b[K').at(-1)).toBe(
      'test accuracy 97.53%, loss 0.0812\n100 steps in 1:15 (2,310 samples/s) on SwiftShader (software)\n',
    );
  });

  it.each([100, 60, 30])('never draws over the edge of %i columns', (columns) => {
    const { output, written } = capture({ columns });
    textReport(output, () => 0).steps([{ step: 25, loss: 0.31234, accuracy: 0.91 }], at(25));
    expect(written().replace('\r\u001b[K', '').length).toBeLessThan(columns);
  });

  it('prints a line each tenth of the training where there is no terminal, or after ten seconds', () => {
    const { output, written } = capture(null);
    let now = 0;
    const report = textReport(output, () => now);
    const step = (number: number): void => report.steps([{ step: number, loss: 1, accuracy: 0 }], at(number));
    for (let number = 1; number <= 25; number++) step(number);
    expect(written().match(/step \d+/g)).toEqual(['step 10', 'step 20']);
    now = 10_000;
    step(26);
    step(27);
    expect(written().match(/step \d+/g)).toEqual(['step 10', 'step 20', 'step 26']);
    expect(written()).not.toContain('\r');
  });

  it('fills the bar from nothing to all', () => {
    expect([0, 0.5, 1, 2].map((fraction) => bar(fraction, 4))).toEqual(['[░░░░]', '[██░░]', '[████]', '[████]']);
  });
});

it('writes durations and figures', () => {
  expect([7, 750, 3723, NaN, Infinity].map(duration)).toEqual(['0:07', '12:30', '1:02:03', '–', '–']);
  expect([0.31234, 12345.6, NaN, Infinity].map(figure)).toEqual(['0.312', '12300', 'NaN', 'Infinity']);
});

describe('the length of a training', () => {
  it('counts a last batch that is not full', () => {
    const length = lengthOf(54_000, { batchSize: 128, epochs: 2 }, null);
    expect(length).toMatchObject({ stepsPerEpoch: 422, epochs: 2, steps: 844 });
    expect([0, 1, 421, 422, 423, 844].map((steps) => samplesIn(steps, length))).toEqual([0, 128, 53_888, 54_000, 54_128, 108_000]);
  });

  it('follows from the steps where they are given', () => {
    expect(lengthOf(100, { batchSize: 10, epochs: 7 }, 25)).toMatchObject({ stepsPerEpoch: 10, epochs: 3, steps: 25 });
  });

  it('has one step an epoch where a batch would hold more than there is', () => {
    const length = lengthOf(5, { batchSize: 128, epochs: 3 }, null);
    expect(length).toMatchObject({ batchSize: 5, stepsPerEpoch: 1, steps: 3 });
    expect(samplesIn(2, length)).toBe(10);
  });
});
