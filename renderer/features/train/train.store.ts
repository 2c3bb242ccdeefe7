/**
 * Training as the screen sees it: device, network and data brought to the worker, the transport, what was measured,
 * and what is kept of it. The work is the worker's; this file only conducts.
 */
import { defineStore } from 'pinia';
import { computed, markRaw, ref, shallowRef, watch } from 'vue';
import * as v from 'valibot';
import type { DeviceDescription } from '../../../compute/devices/device';
import { modelDocumentSchema, type ModelDocument } from '../../../compute/graph/model-document';
import { failure, type Outcome, type Problem } from '../../../compute/graph/problem';
import { trainingSettingsSchema, type TrainingSettings } from '../../../compute/graph/training-settings';
import type { CheckpointState, Evaluation, Split, TrainingPosition, TrainingStatus, WorkerEvent } from '../../../compute/worker/protocol';
import type { ContractError } from '../../../main/contract/contract';
import { useEngine } from '../../engine';
import { call } from '../../platform/client';
import { useDataStore } from '../data';
import { useProjectStore } from '../project';
import { createMetricsLog, epochToRecord, logFromRecords, stepsToRecord } from './metrics-log';
import { reasonsAgainst } from './readiness';
import { createRecorder } from './recorder';

const configureDelay = 400;
const flushEverySeconds = 2;
/** Milliseconds between two pictures of the curves. */
const chartInterval = 200;

interface Configuration {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  readonly generation: number;
}

export interface LatestMetrics {
  readonly loss: number;
  readonly accuracy: number;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
}

export interface MeasuredEpoch {
  /** Finished epochs; null when it was measured on demand. */
  readonly epoch: number | null;
  readonly step: number;
  readonly evaluation: Evaluation;
}

/** A step the person should know of, for notices and the live region. */
export type TrainingNews =
  | { readonly kind: 'epoch'; readonly epoch: number; readonly epochs: number; readonly loss: number; readonly accuracy: number }
  | { readonly kind: 'device'; readonly state: 'lost' | 'recovered' | 'failed'; readonly message: string }
  | { readonly kind: 'restored'; readonly epoch: number; readonly step: number }
  | { readonly kind: 'checkpoint'; readonly step: number };

const sameJson = (first: unknown, second: unknown): boolean => JSON.stringify(first) === JSON.stringify(second);

export const useTrainStore = defineStore('train', () => {
  const engine = useEngine();
  const project = useProjectStore();
  const data = useDataStore();

  const device = shallowRef<DeviceDescription | null>(null);
  const deviceProblem = shallowRef<Problem | null>(null);
  const openingDevice = ref(false);
  const status = ref<TrainingStatus>('idle');
  const position = shallowRef<TrainingPosition | null>(null);
  const latest = shallowRef<LatestMetrics | null>(null);
  const measured = shallowRef<MeasuredEpoch | null>(null);
  /** What last went wrong: in the engine, or in keeping the run. */
  const trouble = shallowRef<Problem | ContractError | null>(null);
  const news = shallowRef<TrainingNews | null>(null);
  const loaded = shallowRef<object | null>(null);
  const loading = ref(false);
  const configured = shallowRef<Configuration | null>(null);
  const configuring = ref(false);
  const busy = ref(false);
  /** What was trained is being kept; the worker must not get another network meanwhile. */
  const saving = ref(false);
  /** Counts changes of the weights, for whoever shows something made with them. */
  const weightsVersion = ref(0);
  /** Counts changes of the log, which is not reactive itself. */
  const logVersion = ref(0);
  const log = markRaw(createMetricsLog());
  /** Counts checkpoints written. */
  const checkpointsVersion = ref(0);

  const recorder = createRecorder(call, engine, (problem) => {
    trouble.value = problem;
  });

  const isRunning = computed(() => status.value === 'running' || (status.value === 'compiling' && busy.value));
  const dataset = computed(() => data.opened?.dataset ?? null);

  const reasons = computed(() => {
    const current = dataset.value;
    return reasonsAgainst({
      device: device.value ? 'ready' : openingDevice.value ? 'opening' : 'failed',
      dataset: current
        ? loaded.value === current
          ? { state: 'ready', sampleShape: current.sampleShape, classes: current.classes.length, trainCount: current.counts.train }
          : { state: loading.value ? 'opening' : 'failed' }
        : { state: data.opening ? 'opening' : 'failed' },
      document: project.content.document,
      analysis: project.analysis,
      settings: project.content.training,
    });
  });
  const isReady = computed(() => reasons.value.length === 0);
  const isConfigured = computed(() => configured.value !== null);
  /** The network or the settings were edited while a training that does not know of it runs. */
  const hasPendingChanges = computed(
    () =>
      isRunning.value &&
      configured.value !== null &&
      (configured.value.document !== project.content.document || configured.value.settings !== project.content.training),
  );

  let isLogShown = true;
  let lastShown = -Infinity;
  /** Lets the charts look at the log again: at once after a rest, else a few times a second, with a frame of its own. */
  function logChanged(): void {
    if (!isLogShown) return;
    isLogShown = false;
    setTimeout(
      () => {
        requestAnimationFrame(() => {
          isLogShown = true;
          lastShown = performance.now();
          logVersion.value += 1;
        });
      },
      Math.max(0, lastShown + chartInterval - performance.now()),
    );
  }

  let lastFlush = 0;
  function received(event: WorkerEvent): void {
    switch (event.type) {
      case 'status':
        status.value = event.status;
        position.value = event.position;
        if (event.status === 'finished') void finishRun();
        else if (event.status === 'failed') void recorder.end('failed');
        return;
      case 'progress': {
        position.value = event.position;
        const last = event.metrics.at(-1);
        if (last === undefined) return;
        latest.value = {
          loss: last.loss,
          accuracy: last.accuracy,
          samplesPerSecond: event.samplesPerSecond,
          secondsLeft: event.secondsLeft,
        };
        log.addSteps(event.metrics);
        recorder.record(stepsToRecord(event.metrics));
        logChanged();
        weightsVersion.value += 1;
        if (performance.now() - lastFlush > flushEverySeconds * 1000) {
          lastFlush = performance.now();
          void recorder.flush();
        }
        return;
      }
      case 'epoch': {
        const { epoch, step, train: training, validation } = event;
        const entry = { epoch, step, train: training, validation: { loss: validation.loss, accuracy: validation.accuracy } };
        log.addEpoch(entry);
        recorder.record(epochToRecord(entry));
        measured.value = { epoch, step, evaluation: validation };
        news.value = {
          kind: 'epoch',
          epoch,
          epochs: position.value?.epochs ?? epoch,
          loss: validation.loss,
          accuracy: validation.accuracy,
        };
        logChanged();
        weightsVersion.value += 1;
        void recorder.flush();
        void checkpoint(false);
        return;
      }
      case 'device':
        if (event.state === 'recovered') {
          device.value = event.description;
          deviceProblem.value = null;
        } else if (event.state === 'failed') {
          device.value = null;
          deviceProblem.value = failure('device.lost', { message: event.message }).problem;
        }
        news.value = { kind: 'device', state: event.state, message: event.message };
        return;
      case 'problem':
        trouble.value = event.problem;
        if (event.problem.code === 'engine.crashed') crashed();
        return;
      case 'stopped':
      case 'robustness':
        return;
      case 'bad-number':
        trouble.value = event.problem;
        return;
      default:
        event satisfies never;
    }
  }
  engine.subscribe(received);

  const crashes: number[] = [];
  /** Nothing of a crashed worker survives: a new one is prepared, with the last checkpoint, unless crashes follow one another. */
  function crashed(): void {
    void recorder.end('failed');
    device.value = null;
    loaded.value = null;
    configured.value = null;
    status.value = 'failed';
    busy.value = false;
    crashes.push(performance.now());
    if (crashes.filter((time) => performance.now() - time < 60_000).length <= 2) void openDevice();
  }

  async function openDevice(): Promise<void> {
    if (openingDevice.value) return;
    openingDevice.value = true;
    const opened = await engine.call('open-device', { preference: 'auto' });
    openingDevice.value = false;
    device.value = opened.ok ? opened.value : null;
    deviceProblem.value = opened.ok ? null : opened.problem;
  }

  async function loadDataset(): Promise<void> {
    const current = dataset.value;
    if (!current || !device.value || loaded.value === current) return;
    loading.value = true;
    const { name, sampleShape, sampleType, classes, splits } = current;
    const result = await engine.call('load-dataset', { name, sampleShape, sampleType, classes, splits });
    if (dataset.value !== current) return;
    loading.value = false;
    loaded.value = result.ok ? current : null;
    if (result.ok) configured.value = null;
    else trouble.value = result.problem;
  }

  let configuringNow: Promise<boolean> | null = null;
  /** Brings network and settings to the worker, unless it has them. True when it has. */
  async function configure(): Promise<boolean> {
    while (configuringNow) await configuringNow;
    if (!isReady.value) return false;
    const wanted: Configuration = {
      document: project.content.document,
      settings: project.content.training,
      generation: project.generation,
    };
    const known = configured.value;
    if (known?.document === wanted.document && known.settings === wanted.settings && known.generation === wanted.generation) return true;
    const work = async (): Promise<boolean> => {
      configuring.value = true;
      const keepWeights = known?.generation === wanted.generation;
      const result = await engine.call('configure', { document: wanted.document, settings: wanted.settings, keepWeights });
      configuring.value = false;
      if (!result.ok) {
        trouble.value = result.problem;
        return false;
      }
      configured.value = wanted;
      position.value = result.value.position;
      log.goBackTo(result.value.position.step);
      logChanged();
      weightsVersion.value += 1;
      if (!keepWeights) await restoreLatest();
      return true;
    };
    configuringNow = work();
    try {
      return await configuringNow;
    } finally {
      configuringNow = null;
    }
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    [() => project.content.document, () => project.content.training, isReady, isRunning, saving, () => project.generation],
    () => {
      clearTimeout(timer);
      if (isReady.value && !isRunning.value && !saving.value)
        timer = setTimeout(() => {
          void configure();
        }, configureDelay);
    },
    { immediate: true },
  );
  watch([dataset, device], () => void loadDataset(), { immediate: true });
  watch(dataset, () => {
    if (isRunning.value) void recorder.end('stopped');
  });
  watch(
    () => project.generation,
    () => {
      if (isRunning.value) void engine.call('stop', null);
      void recorder.end('stopped');
      log.clear();
      logChanged();
      measured.value = null;
      latest.value = null;
      position.value = null;
      trouble.value = null;
    },
    { flush: 'sync' },
  );
  void openDevice();

  /** Runs one order to the worker; a refusal becomes trouble. */
  async function order(work: () => Promise<Outcome<unknown>>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    trouble.value = null;
    const outcome = await work();
    busy.value = false;
    if (!outcome.ok) trouble.value = outcome.problem;
    return outcome.ok;
  }

  function ensureRun(): void {
    if (recorder.current || project.token === null || !device.value || !configured.value) return;
    recorder.begin({
      project: project.token,
      settings: configured.value.settings,
      document: configured.value.document,
      dataset: project.content.dataset.id,
      device: device.value,
    });
  }

  async function start(command: 'train' | 'step'): Promise<void> {
    clearTimeout(timer);
    await order(async () => {
      if (!(await configure()))
        return { ok: false, problem: trouble.value && 'severity' in trouble.value ? trouble.value : failure('train.not-ready').problem };
      ensureRun();
      return engine.call(command, null);
    });
  }
  /** Starts, or goes on after a pause. */
  const train = () => start('train');
  /** Exactly one batch. */
  const step = () => start('step');

  /** Stops or pauses, and keeps what was trained so far. */
  async function settle(command: 'pause' | 'stop'): Promise<void> {
    saving.value = true;
    if (await order(() => engine.call(command, null))) {
      await checkpoint(true);
      await recorder.end(command === 'pause' ? 'paused' : 'stopped');
    }
    saving.value = false;
  }
  async function pause(): Promise<void> {
    await settle('pause');
  }

  async function stop(): Promise<void> {
    await settle('stop');
  }

  async function finishRun(): Promise<void> {
    await recorder.flush();
    await recorder.end('finished');
  }

  /** New weights from the seed; the run that was, is over. */
  async function reset(): Promise<void> {
    clearTimeout(timer);
    const done = await order(async () => {
      if (!(await configure())) return failure('train.not-ready');
      return engine.call('reset', null);
    });
    if (!done) return;
    await recorder.end('stopped');
    log.clear();
    logChanged();
    measured.value = null;
    latest.value = null;
    weightsVersion.value += 1;
  }

  let lastCheckpointStep = -1;
  const accuracyAt = (at: number): number | null => log.epochs.find((epoch) => epoch.step === at)?.validation.accuracy ?? null;

  /** Of the last snapshot, or of now. A second one of the same step is not made. */
  async function checkpoint(fresh: boolean): Promise<boolean> {
    if (fresh && position.value?.step === lastCheckpointStep) return true;
    const summary = await recorder.checkpoint({ fresh, accuracyAt });
    if (!summary) return false;
    lastCheckpointStep = summary.step;
    checkpointsVersion.value += 1;
    return true;
  }

  /** On demand. A training that runs pauses for it, since what is saved must all be of one step, and goes on. */
  async function saveCheckpoint(): Promise<void> {
    const goesOn = isRunning.value;
    if (goesOn && !(await order(() => engine.call('pause', null)))) return;
    ensureRun();
    if (await checkpoint(true)) news.value = { kind: 'checkpoint', step: lastCheckpointStep };
    if (goesOn) await order(() => engine.call('train', null));
  }

  interface OpenedCheckpoint {
    readonly state: CheckpointState;
    readonly weightsUrl: string;
    readonly optimizerUrl: string;
  }

  async function openCheckpoint(runId: string, id: string): Promise<OpenedCheckpoint | null> {
    if (project.token === null) return null;
    const opened = await call('checkpoints.open', { project: project.token, runId, id });
    if (!opened.ok) {
      trouble.value = opened.error;
      return null;
    }
    // Written by the worker and kept with its checksum; what a person could have changed is checked here.
    const state = opened.value.state as CheckpointState;
    if (!v.is(modelDocumentSchema, state.document) || !v.is(trainingSettingsSchema, state.settings)) {
      trouble.value = failure('train.foreign-checkpoint', { id }).problem;
      return null;
    }
    return { state, weightsUrl: opened.value.weightsUrl, optimizerUrl: opened.value.optimizerUrl };
  }

  async function load(runId: string, { state, weightsUrl, optimizerUrl }: OpenedCheckpoint): Promise<boolean> {
    if (project.token === null) return false;
    latest.value = null;
    measured.value = null;
    const result = await engine.call('load-checkpoint', { weightsUrl, optimizerUrl, state });
    if (!result.ok) {
      trouble.value = result.problem;
      return false;
    }
    const read = await call('runs.read', { project: project.token, runId });
    log.clear();
    if (read.ok) {
      const past = logFromRecords(read.value.metrics);
      past.loss.xs().forEach((at, index) => {
        log.addSteps([{ step: at, loss: past.loss.ys()[index] ?? NaN, accuracy: past.accuracy.ys()[index] ?? NaN }]);
      });
      past.epochs.forEach(log.addEpoch);
    }
    log.goBackTo(result.value.step);
    position.value = result.value;
    lastCheckpointStep = result.value.step;
    recorder.resume(project.token, runId);
    logChanged();
    weightsVersion.value += 1;
    news.value = { kind: 'restored', epoch: result.value.epoch, step: result.value.step };
    return true;
  }

  /** A project that is opened goes on where its last run was kept, if its network is still the same. */
  async function restoreLatest(): Promise<void> {
    if (project.token === null) return;
    const listed = await call('checkpoints.list', { project: project.token });
    const last = listed.ok ? listed.value.at(-1) : undefined;
    if (!last) return;
    const opened = await openCheckpoint(last.runId, last.id);
    if (opened && sameJson(opened.state.document, project.content.document) && sameJson(opened.state.settings, project.content.training))
      await load(last.runId, opened);
  }

  /** Goes back to a checkpoint: its network and settings become the project's (one step of undo), its weights the worker's. */
  async function resumeFrom(runId: string, id: string): Promise<boolean> {
    clearTimeout(timer);
    if (isRunning.value) await stop();
    const opened = await openCheckpoint(runId, id);
    if (!opened) return false;
    const { document, settings } = opened.state;
    if (!sameJson(document, project.content.document) || !sameJson(settings, project.content.training))
      project.edit('train.edit.restore', (draft) => {
        draft.document = structuredClone(document) as typeof draft.document; // a draft is the same data without readonly
        draft.training = structuredClone(settings);
      });
    let done = false;
    await order(async () => {
      if (!(await configure())) return failure('train.not-ready');
      done = await load(runId, opened);
      return { ok: true, value: null };
    });
    return done;
  }

  /** Measures a split with the weights of now. */
  async function evaluate(split: Split): Promise<void> {
    if (!(await configure())) return;
    const result = await engine.call('evaluate', { split });
    if (result.ok) measured.value = { epoch: null, step: position.value?.step ?? 0, evaluation: result.value };
    else trouble.value = result.problem;
  }

  /** Sends the weights of now as an upload, for an export; its token, or why there is none. */
  async function uploadWeights(): Promise<
    { readonly ok: true; readonly value: string } | { readonly ok: false; readonly error: Problem | ContractError }
  > {
    if (!(await configure())) return { ok: false, error: failure('train.not-ready').problem };
    const weights = await call('uploads.begin', { name: 'weights.safetensors', size: null });
    if (!weights.ok) return weights;
    const optimizer = await call('uploads.begin', { name: 'optimizer.safetensors', size: null });
    if (!optimizer.ok) return optimizer;
    const saved = await engine.call('save-checkpoint', { weightsUrl: weights.value.url, optimizerUrl: optimizer.value.url, fresh: true });
    return saved.ok ? { ok: true, value: weights.value.token } : { ok: false, error: saved.problem };
  }

  return {
    device,
    deviceProblem,
    openingDevice,
    openDevice,
    status,
    position,
    latest,
    measured,
    trouble,
    news,
    reasons,
    isReady,
    isRunning,
    isConfigured,
    configuring,
    busy,
    hasPendingChanges,
    weightsVersion,
    logVersion,
    checkpointsVersion,
    log,
    train,
    step,
    pause,
    stop,
    reset,
    saveCheckpoint,
    resumeFrom,
    evaluate,
    uploadWeights,
  };
});
