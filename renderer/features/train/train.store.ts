/**
 * Training as the screen sees it: the transport, and what the panels need of device, progress and results. The work is
 * the worker's; its preparation, its events and its keeping stand in files of their own.
 */
import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import { failure, type Problem } from '../../../compute/graph/problem';
import type { Split } from '../../../compute/worker/protocol';
import type { ContractError } from '../../../main/contract/contract';
import { useEngine } from '../../engine';
import { call } from '../../platform/client';
import { useDataStore } from '../data';
import { useProjectStore } from '../project';
import { createCheckpoints } from './checkpoints';
import { createDeviceSettings, type DeviceSettings } from './device-settings';
import { createInPlace } from './in-place';
import { createKernelMemory } from './kernel-memory';
import { createLiveLog } from './live-log';
import { createPreparation } from './preparation';
import { createReceiver } from './receive';
import { createRecorder } from './recorder';
import { createTrainingState } from './training-state';

export const useTrainStore = defineStore('train', () => {
  const engine = useEngine();
  const project = useProjectStore();
  const data = useDataStore();
  const state = createTrainingState();
  const live = createLiveLog();
  const { status, position, trouble, news, configured, isRunning, order, orderNext } = state;

  /** Counts runs that began or ended, for lists of them. */
  const runsVersion = ref(0);
  const recorder = createRecorder(
    call,
    engine,
    (problem) => {
      trouble.value = problem;
    },
    () => {
      runsVersion.value += 1;
    },
  );
  const checkpoints = createCheckpoints({ state, live, recorder, engine, call, project });
  const kernelMemory = createKernelMemory(call);
  const deviceSettings = createDeviceSettings(call);
  const { reasons, isReady, openDevice, settleDevice, bringData, configure, postpone } = createPreparation({
    state,
    live,
    engine,
    call,
    kernelMemory,
    deviceSettings,
    project,
    data,
    settled: () => recorder.settled(),
    startedAfresh: checkpoints.restoreLatest,
  });
  const inPlace = createInPlace({ state, live, recorder, checkpoints, engine, call, project, configure, bringData });
  const isLooking = computed(() => state.inPlace.value?.kind === 'look');

  const crashes: number[] = [];
  /** Nothing of a crashed worker survives: a new one is prepared, with the last checkpoint, unless crashes follow one another. */
  function crashed(): void {
    void recorder.end('failed');
    state.device.value = null;
    state.loaded.value = null;
    configured.value = null;
    state.inPlace.value = null;
    project.lookBack();
    status.value = 'failed';
    state.busy.value = false;
    crashes.push(performance.now());
    if (crashes.filter((time) => performance.now() - time < 60_000).length <= 2) void openDevice();
  }
  const classes = () => data.opened?.dataset.classes ?? [];
  engine.subscribe(
    createReceiver({ state, live, recorder, kernelMemory, classes, crashed, epochEnded: () => void checkpoints.keep(false) }),
  );

  watch(
    () => data.opened?.dataset ?? null,
    () => {
      if (isRunning.value) void recorder.end('stopped');
    },
  );
  watch(
    () => project.generation,
    () => {
      if (isRunning.value) void engine.call('stop', null);
      else status.value = 'idle';
      void recorder.end('stopped');
      live.clear();
      state.forgetRun();
      state.inPlace.value = null;
      position.value = null;
      trouble.value = null;
    },
    { flush: 'sync' },
  );
  void openDevice();

  /** A training could begin, or go on. */
  const canStart = computed(() => isReady.value && !isRunning.value && !state.busy.value && !isLooking.value);
  const isConfigured = computed(() => configured.value !== null);
  /** The network or the settings were edited while a training that does not know of it runs. */
  const hasPendingChanges = computed(
    () =>
      isRunning.value &&
      configured.value !== null &&
      (configured.value.document !== project.content.document || configured.value.settings !== project.content.training),
  );

  function ensureRun(): void {
    const device = state.device.value;
    const interrupted = state.interruptedRun.value;
    state.interruptedRun.value = null;
    // On another device, but the same run.
    if (!recorder.current && interrupted !== null && interrupted.runId !== null) recorder.resume(interrupted.project, interrupted.runId);
    if (recorder.current) recorder.goOn();
    if (recorder.current || project.token === null || !device || !configured.value) return;
    const { settings, document } = configured.value;
    const { description, choice } = device;
    const dataset = project.content.dataset.id;
    const parent = state.parent.value;
    recorder.begin({ project: project.token, settings, document, dataset, device: { ...description, chosen: choice }, parent });
    state.parent.value = null;
    checkpoints.forgetLast();
  }

  /** The worker has data, network and settings as they are now. */
  const prepare = async (): Promise<boolean> => (await bringData()) && configure();

  async function start(command: 'train' | 'step'): Promise<void> {
    if (isLooking.value) return;
    postpone();
    await order(async () => {
      if (!(await prepare())) return { ok: false, problem: state.refusal() };
      const settled = await settleDevice();
      if (!settled.ok) return settled;
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
    const settled = await orderNext(() => {
      state.saving.value = true;
      return engine.call(command, null);
    });
    if (settled) {
      await checkpoints.keep(true);
      await recorder.end(command === 'pause' ? 'paused' : 'stopped');
    }
    state.saving.value = false;
  }
  const pause = () => settle('pause');
  const stop = () => settle('stop');

  /** From the next run on, or from the step at which the training stands; one that runs is not disturbed. */
  async function chooseDevice(settings: DeviceSettings): Promise<void> {
    deviceSettings.keep(settings);
    if (!isRunning.value) await openDevice();
  }

  /** After the GPU failed: from the last snapshot, in the same run. What the settings say stays. */
  async function continueOnCpu(): Promise<void> {
    if (await openDevice('cpu')) await train();
  }

  /** New weights from the seed; the run that was, is over. */
  async function reset(): Promise<void> {
    if (isLooking.value) return;
    postpone();
    const done = await order(async () => {
      if (!(await configure())) return failure('train.not-ready');
      await recorder.settled();
      return engine.call('reset', null);
    });
    if (!done) return;
    await recorder.end('stopped');
    live.clear();
    state.forgetRun();
    state.weightsVersion.value += 1;
  }

  /** After a number that is none: back to the newest weights that are all finite. Training stays paused. */
  async function stepBack(): Promise<void> {
    await order(async () => {
      const done = await engine.call('step-back', null);
      if (!done.ok) return done;
      position.value = done.value;
      state.forgetRun();
      live.goBackTo(done.value.step);
      state.weightsVersion.value += 1;
      news.value = { kind: 'stepped-back', step: done.value.step };
      return done;
    });
  }

  /** On demand. A training that runs pauses for it, since what is saved must all be of one step, and goes on. */
  async function saveCheckpoint(): Promise<void> {
    if (isLooking.value) return;
    const goesOn = isRunning.value;
    if (goesOn && !(await orderNext(() => engine.call('pause', null)))) return;
    ensureRun();
    if (await checkpoints.keep(true)) news.value = { kind: 'checkpoint', step: position.value?.step ?? 0 };
    if (goesOn) await order(() => engine.call('train', null));
  }

  async function resumeFrom(runId: string, id: string): Promise<boolean> {
    postpone();
    if (isRunning.value) await stop();
    await inPlace.takeBack();
    return checkpoints.resumeFrom(runId, id, prepare);
  }

  /** From a checkpoint that is looked at back to what is drawn, and to the training that waits. */
  async function leaveCheckpoint(): Promise<void> {
    await order(async () => ((await inPlace.takeBack()) ? { ok: true, value: null } : { ok: false, problem: state.refusal() }));
  }

  /** Measures a split with the weights of now. */
  async function evaluate(split: Split): Promise<void> {
    if (!(await prepare())) return;
    const result = await engine.call('evaluate', { split });
    if (result.ok) state.measured.value = { epoch: null, step: position.value?.step ?? 0, evaluation: result.value };
    else trouble.value = result.problem;
  }

  /** Sends what an export needs of now as uploads: the weights, and samples with the network's outputs; their tokens, or why there are none. */
  async function uploadForExport(): Promise<
    | { readonly ok: true; readonly value: { readonly weights: string; readonly material: string } }
    | { readonly ok: false; readonly error: Problem | ContractError }
  > {
    if (!(await configure())) return { ok: false, error: failure('train.not-ready').problem };
    const weights = await call('uploads.begin', { name: 'weights.safetensors', size: null });
    if (!weights.ok) return weights;
    const material = await call('uploads.begin', { name: 'material.safetensors', size: null });
    if (!material.ok) return material;
    const saved = await engine.call('save-export', { weightsUrl: weights.value.url, materialUrl: material.value.url });
    if (!saved.ok) return { ok: false, error: saved.problem };
    if (!saved.value) return { ok: false, error: failure('train.not-ready').problem };
    return { ok: true, value: { weights: weights.value.token, material: material.value.token } };
  }

  return {
    device: computed(() => state.device.value?.description ?? null),
    deviceChoice: computed(() => state.device.value?.choice ?? null),
    deviceSettings: deviceSettings.current,
    chooseDevice,
    continueOnCpu,
    comparing: state.comparing,
    deviceProblem: state.deviceProblem,
    openingDevice: state.openingDevice,
    openDevice,
    status,
    position,
    latest: state.latest,
    measured: state.measured,
    trouble,
    news,
    badNumber: state.badNumber,
    reasons,
    isReady,
    canStart,
    isLooking,
    isRunning,
    isConfigured,
    configuring: state.configuring,
    busy: state.busy,
    hasPendingChanges,
    weightsVersion: state.weightsVersion,
    looksVersion: state.looksVersion,
    logVersion: live.version,
    checkpointsVersion: state.checkpointsVersion,
    runsVersion,
    log: live.log,
    train,
    step,
    pause,
    stop,
    reset,
    stepBack,
    saveCheckpoint,
    resumeFrom,
    inPlace: state.inPlace,
    lookAt: inPlace.lookAt,
    leaveCheckpoint,
    branch: inPlace.branch,
    runTrial: inPlace.runTrial,
    endTrials: inPlace.endTrials,
    evaluate,
    uploadForExport,
  };
});
