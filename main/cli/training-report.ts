/**
 * What `hebb train` says while it trains: events for programs, or a bar (on a terminal) or lines (elsewhere) for people.
 * It knows neither engine nor files.
 */
import type { BadNumber, Evaluation, StopRule, TrainingEvent } from '../../compute/training/progress';
import { count, duration, figure, percent } from './numbers';
import type { Output } from './output';

export interface StepReport {
  /** The first step is 1. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Over the numbers that are to be told; absent or NaN where there are none. */
  readonly meanAbsoluteError?: number;
}

export interface ProgressReport {
  /** Epoch at hand, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
}

export interface EpochReport {
  /** The first is 1. */
  readonly epoch: number;
  readonly step: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  /** These three where numbers are to be told. */
  readonly trainMeanAbsoluteError?: number;
  readonly validationMeanAbsoluteError?: number;
  readonly validationR2?: number;
}

/** An epoch's end in the words of the reports. */
export const epochReportOf = ({ epoch, step, train, validation }: Extract<TrainingEvent, { type: 'epoch' }>): EpochReport => ({
  epoch,
  step,
  trainLoss: train.loss,
  trainAccuracy: train.accuracy,
  validationLoss: validation.loss,
  validationAccuracy: validation.accuracy,
  ...(validation.regression === null
    ? {}
    : {
        trainMeanAbsoluteError: train.meanAbsoluteError,
        validationMeanAbsoluteError: validation.regression.meanAbsoluteError,
        validationR2: validation.regression.r2,
      }),
});

export interface DoneReport {
  readonly testAccuracy: number;
  readonly testLoss: number;
  /** These two where numbers are to be told. */
  readonly testMeanAbsoluteError?: number;
  readonly testR2?: number;
  readonly steps: number;
  /** Of training and validation: without reading, compiling and the test. */
  readonly seconds: number;
  /** Of the training steps alone. */
  readonly samplesPerSecond: number;
  /** Part of the time of the training steps in which the device did not wait for samples. */
  readonly busyShare: number;
  readonly device: string;
}

/** A rule of the settings ended the training. */
export interface StopReport {
  readonly rule: StopRule;
  readonly epoch: number;
  readonly step: number;
  readonly restored: { readonly epoch: number; readonly step: number } | null;
}

export interface TrainingReport {
  steps(steps: readonly StepReport[], progress: ProgressReport): void;
  epoch(epoch: EpochReport): void;
  stopped(stopped: StopReport): void;
  badNumber(finding: BadNumber): void;
  done(done: DoneReport): void;
  interrupted(step: number): void;
}

/** What a split measured, in the words of `done`. */
export const testOf = ({ accuracy, loss, regression }: Evaluation) => ({
  testAccuracy: accuracy,
  testLoss: loss,
  ...(regression === null ? {} : { testMeanAbsoluteError: regression.meanAbsoluteError, testR2: regression.r2 }),
});

/** The mean absolute error of a batch, where there is one. */
export const errorOf = ({ meanAbsoluteError = NaN }: StepReport): { readonly meanAbsoluteError?: number } =>
  Number.isNaN(meanAbsoluteError) ? {} : { meanAbsoluteError };

/** One event a line; every step has its own. */
export const jsonReport = (output: Output): TrainingReport => ({
  steps: (steps) =>
    output.json(...steps.map((step) => ({ event: 'step', step: step.step, loss: step.loss, accuracy: step.accuracy, ...errorOf(step) }))),
  epoch: (epoch) => output.json({ event: 'epoch', ...epoch }),
  stopped: ({ rule, epoch, step, restored }) => output.json({ event: 'stopped', rule, epoch, step, restored }),
  badNumber: (finding) => output.json({ event: 'bad-number', ...finding }),
  done: (done) => output.json({ event: 'done', ...done }),
  interrupted: (step) => output.json({ event: 'interrupted', step }),
});

const longestBar = 30;
/** Where there is no terminal: a line so often, at most. */
const lineFraction = 0.1;
const lineSeconds = 10;

/** `[██████░░░░]` */
export function bar(fraction: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${'█'.repeat(full)}${'░'.repeat(width - full)}]`;
}

export function progressText(latest: StepReport, progress: ProgressReport): string {
  const { epoch, epochs, step, steps, samplesPerSecond, secondsLeft } = progress;
  return [
    `epoch ${epoch}/${epochs}`,
    `step ${count(step)}/${count(steps)}`,
    `loss ${figure(latest.loss)}`,
    ...(Number.isNaN(latest.accuracy) ? [] : [`accuracy ${figure(latest.accuracy)}`]),
    ...(latest.meanAbsoluteError === undefined || Number.isNaN(latest.meanAbsoluteError)
      ? []
      : [`MAE ${figure(latest.meanAbsoluteError)}`]),
    `${count(samplesPerSecond)} samples/s`,
    `ETA ${duration(secondsLeft)}`,
  ].join(' · ');
}

/** `, accuracy …`; nothing where there is none. */
const accuracyText = (accuracy: number): string => (Number.isNaN(accuracy) ? '' : `, accuracy ${percent(accuracy)}`);
/** `, MAE …, R² …`; nothing where there is none. */
const numbersText = (meanAbsoluteError?: number, r2?: number): string =>
  (meanAbsoluteError === undefined ? '' : `, MAE ${figure(meanAbsoluteError)}`) + (r2 === undefined ? '' : `, R² ${figure(r2)}`);

/** What a test came to: what counts most first. */
export const testText = ({ testAccuracy, testLoss, testMeanAbsoluteError, testR2 }: ReturnType<typeof testOf>): string =>
  Number.isNaN(testAccuracy)
    ? `test loss ${figure(testLoss)}${numbersText(testMeanAbsoluteError, testR2)}`
    : `test accuracy ${percent(testAccuracy)}, loss ${figure(testLoss)}`;

const ruleNames: Readonly<Record<StopRule, string>> = {
  steps: 'the number of steps',
  gradientNorm: 'a short gradient',
  stableLoss: 'a stable training loss',
  early: 'validation that got no better',
};

/** `now` gives milliseconds from any origin. */
export function textReport(output: Output, now: () => number): TrainingReport {
  let lineAt = now();
  let lineStep = 0;
  return {
    steps: (reports, progress) => {
      const latest = reports.at(-1);
      if (latest === undefined) return;
      const text = progressText(latest, progress);
      if (output.columns !== null) {
        const width = Math.min(longestBar, output.columns - text.length - 4);
        output.draw((width >= 5 ? `${bar(progress.step / progress.steps, width)} ${text}` : text).slice(0, output.columns - 1));
      } else if (progress.step - lineStep >= lineFraction * progress.steps || now() - lineAt >= 1000 * lineSeconds) {
        output.line(text);
        lineAt = now();
        lineStep = progress.step;
      }
    },
    epoch: (report) => {
      const { epoch, trainLoss, trainAccuracy, validationLoss, validationAccuracy } = report;
      output.line(
        `epoch ${epoch}: training loss ${figure(trainLoss)}${accuracyText(trainAccuracy)}${numbersText(report.trainMeanAbsoluteError)}; ` +
          `validation loss ${figure(validationLoss)}${accuracyText(validationAccuracy)}` +
          numbersText(report.validationMeanAbsoluteError, report.validationR2),
      );
    },
    stopped: ({ rule, epoch, step, restored }) => {
      const back = restored === null ? '' : `; it has the weights of epoch ${restored.epoch} again`;
      output.line(`ended by ${ruleNames[rule]} after epoch ${epoch}, step ${count(step)}${back}`);
    },
    // Said as the problem that it is, unless the training steps back from it.
    badNumber: ({ step, value, tensor, what }) => {
      output.note(`Step ${count(step)} was not taken: ${tensor === '' ? `the ${what}` : `${what} ${tensor}`} is ${value}.`);
    },
    done: (done) => {
      const { steps, seconds, samplesPerSecond, busyShare, device } = done;
      output.line(testText(done));
      output.line(`${count(steps)} steps in ${duration(seconds)} (${count(samplesPerSecond)} samples/s) on ${device}`);
      if (busyShare < 0.99) output.line(`the device waited for samples ${percent(1 - busyShare)} of the time`);
    },
    interrupted: (step) => output.line(`ended after step ${count(step)}`),
  };
}
