/** Hears what a session says, and tells it on: to the report, to the run's folder, and what became of the training. */
import type { Problem } from '../../compute/graph/problem';
import type { BadNumber, TrainingEvent } from '../../compute/training/progress';
import type { RunFolder } from './run-folder';
import { samplesIn, type TrainingLength } from './training-length';
import { epochReportOf, type TrainingReport } from './training-report';

export interface TrainingWatch {
  listen(event: TrainingEvent): void;
  /** Why the training failed, if it did. */
  readonly problem: Problem | null;
  /** What went bad, if that is why. */
  readonly badNumber: BadNumber | null;
  /** The training goes on from this step: what was wrong is forgotten, and later steps are told once more. */
  steppedBack(step: number): void;
  /** Time that went into validation. */
  readonly validationMilliseconds: number;
  /** Part of the time of the training steps in which the device did not wait for samples. */
  readonly busyShare: number;
}

export interface WatchOptions {
  readonly length: TrainingLength;
  readonly report: TrainingReport;
  readonly folder: RunFolder | null;
  readonly note: (text: string) => void;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

export function watchTraining({ length, report, folder, note, now }: WatchOptions): TrainingWatch {
  let told = 0;
  let problem: Problem | null = null;
  let badNumber: BadNumber | null = null;
  let validationSince: number | null = null;
  let validationMilliseconds = 0;
  /** Milliseconds of steps that were told of, and of them those in which the device did not wait for samples. */
  let time = { steps: 0, busy: 0 };
  let steppingSince = now();

  function onProgress({ metrics, position, samplesPerSecond, busyShare }: Extract<TrainingEvent, { type: 'progress' }>): void {
    // After a lost device the steps since the last snapshot come once more.
    const fresh = metrics.filter(({ step }) => step > told);
    told = Math.max(told, position.step);
    const samplesLeft = samplesIn(length.steps, length) - samplesIn(position.step, length);
    report.steps(fresh, {
      epoch: position.epoch + 1,
      epochs: length.epochs,
      step: position.step,
      steps: length.steps,
      samplesPerSecond,
      secondsLeft: samplesLeft / samplesPerSecond,
    });
    folder?.steps(fresh);
    const passed = now() - steppingSince;
    time = { steps: time.steps + passed, busy: time.busy + passed * busyShare };
    steppingSince = now();
    validationSince = position.stepInEpoch === position.stepsPerEpoch ? now() : null;
  }

  function onEpoch(event: Extract<TrainingEvent, { type: 'epoch' }>): void {
    if (validationSince !== null) validationMilliseconds += now() - validationSince;
    validationSince = null;
    steppingSince = now();
    const measured = epochReportOf(event);
    report.epoch(measured);
    folder?.epoch(measured);
  }

  return {
    listen(event) {
      switch (event.type) {
        case 'progress':
          onProgress(event);
          break;
        case 'epoch':
          onEpoch(event);
          break;
        case 'problem':
          problem = event.problem;
          break;
        case 'device':
          note(`The device is ${event.state}${event.message === '' ? '' : `: ${event.message}`}`);
          break;
        case 'bad-number':
          badNumber = event.finding;
          problem = event.problem;
          report.badNumber(event.finding);
          break;
        case 'stopped':
          report.stopped(event);
          break;
        case 'status':
          if (event.status === 'running') steppingSince = now();
          break;
        default:
          event satisfies never;
      }
    },
    get problem() {
      return problem;
    },
    get badNumber() {
      return badNumber;
    },
    steppedBack(step) {
      told = step;
      problem = null;
      badNumber = null;
    },
    get validationMilliseconds() {
      return validationMilliseconds;
    },
    get busyShare() {
      return time.steps > 0 ? time.busy / time.steps : 1;
    },
  };
}
