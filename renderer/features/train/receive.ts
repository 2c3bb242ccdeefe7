/** What the worker's events change: the state, the log of the charts, and what is recorded. */
import { failure } from '../../../compute/graph/problem';
import type { Evaluation, WorkerEvent } from '../../../compute/worker/protocol';
import type { KernelMemory } from './kernel-memory';
import type { LiveLog } from './live-log';
import { epochToRecord, stepsToRecord } from './metrics-log';
import type { EvaluationRecord, Recorder } from './recorder';
import type { TrainingState } from './training-state';

const flushEverySeconds = 2;

export interface Receiver {
  readonly state: TrainingState;
  readonly live: LiveLog;
  readonly recorder: Recorder;
  readonly kernelMemory: KernelMemory;
  /** Names of the classes of the data. */
  readonly classes: () => readonly string[];
  /** An epoch ended: what the worker holds of it may be kept. */
  readonly epochEnded: () => void;
  readonly crashed: () => void;
}

/** All numbers that an evaluation measured, by name; what is not finite as null. */
function evaluationRecord(evaluation: Evaluation, epoch: number, step: number, classes: readonly string[]): EvaluationRecord {
  const { split, count, confusion } = evaluation;
  const measures: Record<string, number | null> = {};
  for (const [name, value] of Object.entries({ ...evaluation, ...evaluation.regression }))
    if (typeof value === 'number' && name !== 'count') measures[name] = Number.isFinite(value) ? value : null;
  return { split, epoch, step, count, measures, classes, confusion };
}

type Progress = Extract<WorkerEvent, { type: 'progress' }>;
type Epoch = Extract<WorkerEvent, { type: 'epoch' }>;
type DeviceEvent = Extract<WorkerEvent, { type: 'device' }>;

/** The listener for the events of the worker. */
export function createReceiver({
  state,
  live,
  recorder,
  kernelMemory,
  classes,
  epochEnded,
  crashed,
}: Receiver): (event: WorkerEvent) => void {
  let lastFlush = 0;

  function measure({ position, metrics, samplesPerSecond, secondsLeft, busyShare }: Progress): void {
    state.position.value = position;
    const last = metrics.at(-1);
    if (last === undefined) return;
    const { loss, accuracy, meanAbsoluteError, learningRate, gradientNorm } = last;
    state.latest.value = { loss, accuracy, meanAbsoluteError, learningRate, gradientNorm, samplesPerSecond, secondsLeft, busyShare };
    live.log.addSteps(metrics);
    recorder.record(stepsToRecord(metrics));
    live.changed();
    state.weightsVersion.value += 1;
    if (performance.now() - lastFlush > flushEverySeconds * 1000) {
      lastFlush = performance.now();
      void recorder.flush();
    }
  }

  function endEpoch({ epoch, step, train, validation }: Epoch): void {
    const { loss, accuracy, regression } = validation;
    const meanAbsoluteError = regression?.meanAbsoluteError ?? NaN;
    const entry = { epoch, step, train, validation: { loss, accuracy, meanAbsoluteError } };
    live.log.addEpoch(entry);
    recorder.record(epochToRecord(entry));
    recorder.evaluated(evaluationRecord(validation, epoch, step, classes()));
    state.measured.value = { epoch, step, evaluation: validation };
    state.news.value = { kind: 'epoch', epoch, epochs: state.position.value?.epochs ?? epoch, loss, accuracy, meanAbsoluteError };
    live.changed();
    state.weightsVersion.value += 1;
    void recorder.flush();
    epochEnded();
  }

  function moveDevice({ state: next, message, description }: DeviceEvent): void {
    const former = state.device.value;
    if (next === 'recovered' && former !== null && description !== null) {
      state.device.value = { ...former, description };
      state.deviceProblem.value = null;
    } else if (next === 'failed') {
      state.device.value = null;
      state.deviceProblem.value = failure('device.lost', { message }).problem;
      state.interruptedRun.value = recorder.current;
    }
    const offersCpu = next === 'failed' && former?.description.kind === 'webgpu';
    state.news.value = { kind: 'device', state: next, message, offersCpu };
  }

  return (event) => {
    switch (event.type) {
      case 'status':
        state.status.value = event.status;
        state.position.value = event.position;
        if (event.status === 'running') state.badNumber.value = null;
        else if (event.status === 'finished') void recorder.end('finished');
        else if (event.status === 'failed') void recorder.end('failed');
        return;
      case 'progress':
        measure(event);
        return;
      case 'epoch':
        endEpoch(event);
        return;
      case 'device':
        moveDevice(event);
        return;
      case 'stopped':
        state.news.value = { kind: 'rule', rule: event.rule, epoch: event.epoch, step: event.step, restored: event.restored };
        if (event.restored !== null) state.weightsVersion.value += 1;
        return;
      case 'bad-number':
        state.badNumber.value = { finding: event.finding, problem: event.problem };
        void recorder.flush();
        return;
      case 'problem':
        state.trouble.value = event.problem;
        if (event.problem.code === 'engine.crashed') crashed();
        return;
      case 'robustness':
        return;
      case 'kernels':
        kernelMemory.learn(event.choices);
        return;
      default:
        event satisfies never;
    }
  };
}
