/** Brings to the worker what training needs: a device, the data, network and settings; the last after each rest of the editing. */
import { computed, nextTick, watch, type ComputedRef } from 'vue';
import type { Outcome } from '../../../compute/graph/problem';
import type { ChosenDevice, DeviceWish } from '../../../compute/worker/protocol';
import type { EngineClient } from '../../engine';
import { formOf, type Dataset, type useDataStore } from '../data';
import type { useProjectStore } from '../project';
import type { DeviceSettingsStore } from './device-settings';
import { givenWeights } from './given-weights';
import type { KernelMemory } from './kernel-memory';
import type { LiveLog } from './live-log';
import { reasonsAgainst, type Reason } from './readiness';
import type { CallSystem } from './recorder';
import type { Configuration, TrainingState } from './training-state';
import { until } from './until';

/** Milliseconds without an edit before the worker gets the network. */
const configureDelay = 400;

export interface Surroundings {
  readonly state: TrainingState;
  readonly live: LiveLog;
  readonly engine: Pick<EngineClient, 'call'>;
  readonly call: CallSystem;
  readonly kernelMemory: KernelMemory;
  readonly deviceSettings: DeviceSettingsStore;
  readonly project: ReturnType<typeof useProjectStore>;
  readonly data: ReturnType<typeof useDataStore>;
  /** Resolves when what is being kept of the weights that the worker has is kept. */
  readonly settled: () => Promise<void>;
  /** The worker got a network whose weights start from the seed. */
  readonly startedAfresh: () => Promise<void>;
}

export interface Preparation {
  /** Why training cannot start; empty when it can. */
  readonly reasons: ComputedRef<readonly Reason[]>;
  readonly isReady: ComputedRef<boolean>;
  /** Opens the device of the settings, or one as wished this once. True when it is open. */
  openDevice(wish?: DeviceWish): Promise<boolean>;
  /** Settles where a run that begins now computes, which may take a second. */
  settleDevice(): Promise<Outcome<ChosenDevice>>;
  /** Brings the data set that is shown, with all edits of its samples, to the worker, unless it has it. True when it has. */
  bringData(): Promise<boolean>;
  /** Brings network and settings to the worker, unless it has them. True when it has. */
  configure(): Promise<boolean>;
  /** What waits for a rest of the editing waits no longer: somebody else will call `configure`. */
  postpone(): void;
}

export function createPreparation({
  state,
  live,
  engine,
  call,
  kernelMemory,
  deviceSettings,
  project,
  data,
  settled,
  startedAfresh,
}: Surroundings): Preparation {
  const { device, configured, trouble, isRunning } = state;
  const dataset = computed(() => data.opened?.dataset ?? null);

  const reasons = computed(() => {
    const current = dataset.value;
    return reasonsAgainst({
      device: device.value ? 'ready' : state.openingDevice.value ? 'opening' : 'failed',
      dataset: current
        ? state.loaded.value === current
          ? { state: 'ready', form: formOf(current) }
          : { state: state.loading.value ? 'opening' : 'failed' }
        : { state: data.opening ? 'opening' : 'failed' },
      document: project.content.document,
      analysis: project.analysis,
      settings: project.content.training,
    });
  });
  const isReady = computed(() => reasons.value.length === 0);

  async function openDevice(wish?: DeviceWish): Promise<boolean> {
    if (state.openingDevice.value) return false;
    state.openingDevice.value = true;
    await deviceSettings.restore();
    // Who is being answered about a device would not find it.
    while (configuringNow) await configuringNow;
    const { wish: kept, cpuThreads } = deviceSettings.current.value;
    const threads = cpuThreads === 'auto' ? null : cpuThreads;
    const opened = await engine.call('open-device', { wish: wish ?? kept, threads, kernels: await kernelMemory.known() });
    state.openingDevice.value = false;
    device.value = opened.ok ? opened.value : null;
    state.deviceProblem.value = opened.ok ? null : opened.problem;
    return opened.ok;
  }

  async function settleDevice(): Promise<Outcome<ChosenDevice>> {
    state.comparing.value = true;
    const settled = await engine.call('settle-device', null);
    state.comparing.value = false;
    if (!settled.ok) return settled;
    const { choice } = settled.value;
    const isNews = choice.reason === 'faster' && JSON.stringify(device.value?.choice) !== JSON.stringify(choice);
    device.value = settled.value;
    if (isNews) state.news.value = { kind: 'chosen', choice };
    return settled;
  }

  let loadingNow: { readonly dataset: object; readonly done: Promise<void> } | null = null;
  function loadDataset(): Promise<void> {
    const current = dataset.value;
    if (!current || !device.value || state.loaded.value === current) return Promise.resolve();
    if (loadingNow?.dataset !== current) loadingNow = { dataset: current, done: load(current) };
    return loadingNow.done;
  }
  async function load(current: Dataset): Promise<void> {
    state.loading.value = true;
    const { count, sampleShards, labelShards, splitUrl } = current;
    const result = await engine.call('load-dataset', { ...formOf(current), count, sampleShards, labelShards, splitUrl });
    if (loadingNow?.dataset === current) loadingNow = null;
    if (dataset.value !== current) return;
    state.loading.value = false;
    state.loaded.value = result.ok ? current : null;
    if (result.ok) configured.value = null;
    else trouble.value = result.problem;
  }

  async function bringData(): Promise<boolean> {
    await data.settleEdits();
    // Whoever changed what is wanted a moment ago is heard first.
    await nextTick();
    await until(() => data.wanted === null || data.opened?.dataset.id === data.wanted || (data.opened === null && data.error !== null));
    await loadDataset();
    return dataset.value !== null && state.loaded.value === dataset.value;
  }

  async function bring(wanted: Configuration): Promise<boolean> {
    const given = await givenWeights(call, project);
    if (!given.ok) {
      trouble.value = given.problem;
      return false;
    }
    state.configuring.value = true;
    await settled();
    const keepWeights = configured.value?.generation === wanted.generation && configured.value.given === wanted.given;
    const result = await engine.call('configure', {
      document: wanted.document,
      settings: wanted.settings,
      keepWeights,
      ...given.value,
    });
    state.configuring.value = false;
    if (!result.ok) {
      trouble.value = result.problem;
      return false;
    }
    configured.value = wanted;
    device.value = result.value.device;
    state.position.value = result.value.position;
    state.badNumber.value = null;
    live.goBackTo(result.value.position.step);
    state.weightsVersion.value += 1;
    if (!keepWeights) await startedAfresh();
    return true;
  }

  const isAsNow = ({ document, settings, generation, given }: Configuration): boolean =>
    document === project.content.document &&
    settings === project.content.training &&
    generation === project.generation &&
    given === project.content.weights?.file;

  let configuringNow: Promise<boolean> | null = null;
  async function configure(): Promise<boolean> {
    while (configuringNow) await configuringNow;
    await until(() => !state.openingDevice.value);
    if (!isReady.value) return false;
    // What a sweep trains has nothing to do with the edits, and what is looked at is not edited.
    if (state.inPlace.value !== null) return configured.value !== null;
    const wanted: Configuration = {
      document: project.content.document,
      settings: project.content.training,
      generation: project.generation,
      given: project.content.weights?.file,
    };
    if (configured.value !== null && isAsNow(configured.value)) return true;
    configuringNow = bring(wanted);
    try {
      return await configuringNow;
    } finally {
      configuringNow = null;
    }
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  const postpone = () => {
    clearTimeout(timer);
  };
  watch(
    [
      () => project.content.document,
      () => project.content.training,
      () => project.content.weights,
      isReady,
      isRunning,
      state.saving,
      () => project.generation,
    ],
    () => {
      postpone();
      if (isReady.value && !isRunning.value && !state.saving.value)
        timer = setTimeout(() => {
          void configure();
        }, configureDelay);
    },
    { immediate: true },
  );
  watch([dataset, device], () => void loadDataset(), { immediate: true });

  return { reasons, isReady, openDevice, settleDevice, bringData, configure, postpone };
}
