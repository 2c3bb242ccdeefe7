/**
 * What `hebb train` says while it trains: events for programs, or a bar (on a terminal) or lines (elsewhere) for people.
 * It knows neither engine nor files.
 */
import type { BadNumber, StopRule } from '../../compute/training/progress';
import { count, duration, figure, percent } from './numbers';
import type { Output } from './output';

export interface StepReport {
  /** The first step is 1. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
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
}

export interface DoneReport {
  readonly testAccuracy: number;
  readonly testLoss: number;
  readonly steps: number;
  /** Of training and validation: without reading, compiling and the test. */
  readonly seconds: number;
  /** Of the training steps alone. */
  readonly samplesPerSecond: number;
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

/** One event a line; every step has its own. */
export const jsonReport = (output: Output): TrainingReport => ({
  steps: (steps) => output.json(...steps.map(({ step, loss, accuracy }) => ({ event: 'step', step, loss, accuracy }))),
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
    `${count(samplesPerSecond)} samples/s`,
    `ETA ${duration(secondsLeft)}`,
  ].join(' · ');
}

/** `, accuracy …`; nothing where there is none. */
const accuracyText = (accuracy: number): string => (Number.isNaN(accuracy) ? '' : `, accuracy ${percent(accuracy)}`);

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
    epoch: ({ epoch, trainLoss, trainAccuracy, validationLoss, validationAccuracy }) => {
      output.line(
        `epoch ${epoch}: training loss ${figure(trainLoss)}${accuracyText(trainAccuracy)}; ` +
          `validation loss ${figure(validationLoss)}${accuracyText(validationAccuracy)}`,
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
    done: ({ testAccuracy, testLoss, steps, seconds, samplesPerSecond, device }) => {
      output.line(
        Number.isNaN(testAccuracy) ? `test loss ${figure(testLoss)}` : `test accuracy ${percent(testAccuracy)}, loss ${figure(testLoss)}`,
      );
      output.line(`${count(steps)} steps in ${duration(seconds)} (${count(samplesPerSecond)} samples/s) on ${device}`);
    },
    interrupted: (step) => output.line(`ended after step ${count(step)}`),
  };
}
