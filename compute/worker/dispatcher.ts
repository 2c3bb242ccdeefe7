/**
 * Answers every call of the protocol with a training session and the programs around it. It knows no Worker and no
 * message port, so that it runs under test as it is.
 */
import type { Device, DeviceDescription, DeviceKind } from '../devices/device';
import type { KernelChoices, KernelMemory } from '../devices/webgpu/tuning';
import { ProblemError, failure, unwrap, type Outcome, type Problem } from '../graph/problem';
import { sizeOf } from '../graph/tensor';
import { defaultTrainingSettings } from '../graph/training-settings';
import { attackSample, robustAccuracy } from '../attacks/attack-samples';
import { activationsOf, predictMany } from '../insight/batches';
import { checkedSamples, exportedWeights } from '../insight/checked-samples';
import { decodeSafetensors, encodeSafetensors } from '../graph/safetensors';
import { encodeCheckMaterial } from '../export/check-material';
import { predict } from '../insight/prediction';
import { probe } from '../insight/probe';
import { readTensors } from '../insight/named-tensors';
import { saliency } from '../insight/saliency';
import { checkpointState, cursorOf, decodeCheckpoint, encodeCheckpoint } from '../training/checkpoint';
import { classCounts, readSamples } from '../training/dataset';
import { createDeviceSelector } from '../training/device-choice';
import { DeviceLostError } from '../training/device-watch';
import { evaluate } from '../training/evaluation';
import { prepareModel, type GivenWeights } from '../training/model';
import type { NetworkOnDevice } from '../training/network-on-device';
import { createSession } from '../training/session';
import type { Configuration } from '../training/session-interface';
import type { Snapshot } from '../training/snapshot';
import type { ChosenDevice, SampleReference, WorkerCall, WorkerCalls, WorkerEvent } from './protocol';
import { readDataset, type Transfer } from './transfer';

export interface OpenerOptions {
  readonly memory: KernelMemory;
  /** Of the CPU device; null leaves them to it. */
  readonly threads: number | null;
}

export interface DispatcherOptions {
  /** One for each kind of device; what they are given may be another the next time. */
  readonly openers: Readonly<Record<DeviceKind, (options: OpenerOptions) => Promise<Outcome<Device>>>>;
  readonly transfer: Transfer;
  readonly emit: (event: WorkerEvent) => void;
}

/** Bytes of samples that are kept in memory if nobody says how many: they lie there and on the device. */
const MEMORY_BUDGET = 2 ** 30;

type Handlers = { readonly [Call in WorkerCall]: (request: WorkerCalls[Call]['request']) => Promise<WorkerCalls[Call]['response']> };

export interface Dispatcher {
  /** Never rejects. */
  dispatch<Call extends WorkerCall>(call: Call, request: WorkerCalls[Call]['request']): Promise<Outcome<WorkerCalls[Call]['response']>>;
}

/** What was thrown, as a value; what nobody foresaw keeps its message. */
function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const message = error instanceof Error ? error.message : String(error);
  return failure(error instanceof DeviceLostError ? 'device.lost' : 'engine.unexpected', { message }).problem;
}

/** The sample as the network takes it. Problems: `sample.size`, `sample.index`. */
async function valuesOf({ dataset }: NetworkOnDevice, sample: SampleReference): Promise<Float32Array> {
  if (sample.from === 'data') {
    const expected = sizeOf(dataset.sampleShape);
    return sample.values.length === expected ? sample.values : unwrap(failure('sample.size', { expected, actual: sample.values.length }));
  }
  const { count } = dataset.splits[sample.split];
  if (!Number.isInteger(sample.index) || sample.index < 0 || sample.index >= count)
    return unwrap(failure('sample.index', { index: sample.index, count }));
  const [values] = await readSamples(dataset, sample.split, [sample.index]);
  if (values === undefined) throw new RangeError('a sample was not read');
  return values;
}

export function createDispatcher({ openers, transfer, emit }: DispatcherOptions): Dispatcher {
  let threads: number | null = null;
  /** Counts cancels: work that began before the latest one ends. */
  let cancels = 0;
  let kernels: KernelChoices = {};
  const learn = (choices: KernelChoices): void => {
    kernels = { ...kernels, ...choices };
    emit({ type: 'kernels', choices });
  };
  const options = (): OpenerOptions => ({ memory: { known: kernels, learn }, threads });
  const devices = createDeviceSelector({
    webgpu: () => openers.webgpu(options()),
    cpu: () => openers.cpu(options()),
    reference: () => openers.reference(options()),
  });
  const session = createSession({ openDevice: () => devices.open(), emit });
  /** The training that gave its place to another for a while. */
  let aside: Snapshot | null = null;

  /** The device that is open, and why it is this one. Throws `device.none` where none is. */
  function chosenDevice(): ChosenDevice {
    const { device } = session;
    const { choice } = devices;
    return device === null || choice === null ? unwrap(failure('device.none')) : { description: device, choice };
  }

  /** Weights to begin with are fetched once, however often the network changes. */
  let givenWeights: GivenWeights | null = null;
  async function readGiven({ id, url }: { readonly id: string; readonly url: string }): Promise<GivenWeights> {
    if (givenWeights?.id === id) return givenWeights;
    const { tensors } = unwrap(decodeSafetensors(await transfer.read(url)));
    givenWeights = { id, tensors: new Map(tensors.map((entry) => [entry.name, entry])) };
    return givenWeights;
  }

  /** On the device that is open, unless only the other one can take this network. */
  async function configure(configuration: Configuration) {
    try {
      return await session.configure(configuration);
    } catch (error) {
      const { device, dataset } = session;
      if (devices.wish !== 'auto' || device === null || dataset === null) throw error;
      const model = prepareModel(configuration.document, configuration.settings, dataset);
      if (!model.ok) throw error;
      const { kind } = await devices.settle({ model: model.value, dataset });
      if (kind === device.kind) throw error;
      await session.openDevice();
      return session.configure(configuration);
    }
  }

  /** A run stays on the kind of device that it began on, unless the person wishes another, or there is none here but in software. */
  async function stayWith({ kind, software }: DeviceDescription): Promise<void> {
    if (devices.wish !== 'auto' || session.device === null || session.device.kind === kind) return;
    const former = session.device.kind;
    devices.keep(kind);
    const opened = await session.openDevice().catch(() => null);
    if (opened?.software === software) return;
    devices.keep(former);
    await session.openDevice();
  }

  const handlers: Handlers = {
    'open-device': async ({ wish, threads: wanted, kernels: known }) => {
      threads = wanted;
      kernels = known;
      const begun = session.position.step > 0 ? session.device : null;
      devices.setWish(wish);
      if (begun !== null) devices.keep(begun.kind);
      await session.openDevice();
      return chosenDevice();
    },
    'settle-device': async () => {
      if (session.position.step > 0) return chosenDevice();
      const { kind } = await session.use((network) => devices.settle(network));
      if (kind !== session.device?.kind) await session.openDevice();
      return chosenDevice();
    },
    'load-dataset': async ({ memoryBudget, ...source }) => {
      const budget = memoryBudget ?? Math.min(MEMORY_BUDGET, session.device?.maximumBufferBytes ?? Infinity);
      const dataset = await readDataset(source, transfer, budget);
      await session.loadDataset(dataset);
      const { train, validation, test } = dataset.splits;
      const sampleBytes = sizeOf(dataset.sampleShape) * (dataset.sampleType === 'u8' ? 1 : 4);
      const bytes = [train, validation, test].reduce((sum, { count, labels }) => sum + count * sampleBytes + labels.byteLength, 0);
      const countsOf = (split: typeof train) => classCounts(split, dataset.classes.length);
      return { bytes, classCounts: { train: countsOf(train), validation: countsOf(validation), test: countsOf(test) } };
    },
    configure: async ({ given, ...configuration }) => ({
      ...(await configure({ ...configuration, ...(given === undefined ? {} : { given: await readGiven(given) }) })),
      device: chosenDevice(),
    }),
    train: async () => {
      await session.train();
      return null;
    },
    pause: () => session.pause(),
    step: () => session.step(),
    stop: () => session.stop(),
    'step-back': () => session.stepBack(),
    reset: async () => {
      await session.reset();
      return null;
    },
    'read-tensors': ({ names }) => session.use((network) => readTensors(network, names)),
    'save-checkpoint': async ({ weightsUrl, optimizerUrl, fresh }) => {
      const snapshot = await session.snapshot(fresh);
      const { device } = session;
      if (snapshot === null || device === null) return null;
      const files = encodeCheckpoint(snapshot);
      await transfer.write(weightsUrl, files.weights);
      await transfer.write(optimizerUrl, files.optimizer);
      return checkpointState(snapshot, session.position.stepsPerEpoch, device);
    },
    'save-export': async ({ weightsUrl, materialUrl }) => {
      const snapshot = await session.snapshot(true);
      if (snapshot === null) return false;
      const material = await session.use((network) => checkedSamples(network, snapshot.statistics));
      await transfer.write(weightsUrl, encodeSafetensors(exportedWeights(snapshot)));
      await transfer.write(materialUrl, encodeCheckMaterial(material));
      return true;
    },
    'load-checkpoint': async ({ weightsUrl, optimizerUrl, state }) => {
      const cursor = cursorOf(state);
      const [weights, optimizer] = await Promise.all([transfer.read(weightsUrl), transfer.read(optimizerUrl)]);
      const { bestTensors, ...tensors } = unwrap(decodeCheckpoint({ weights, optimizer }));
      await stayWith(state.device);
      const position = await session.restore({
        ...tensors,
        cursor,
        // A file of an earlier version lacks what was added since.
        settings: { ...defaultTrainingSettings, ...state.settings },
        // JSON has no NaN: what was not measured came back as null.
        history: (state.history ?? []).map((epoch) => ({
          ...epoch,
          validationAccuracy: (epoch.validationAccuracy as number | null) ?? NaN,
        })),
        statistics: state.statistics ?? null,
        layout: state.layout ?? null,
        best: state.best === undefined || state.best === null ? null : { ...state.best, tensors: bestTensors },
      });
      return { position, device: chosenDevice() };
    },
    'set-aside': async () => {
      if (session.status === 'running') return unwrap(failure('training.running'));
      aside = await session.snapshot(true);
      return aside !== null;
    },
    'take-back': async () => {
      const snapshot = aside;
      if (snapshot === null) return null;
      const { model, ...content } = snapshot;
      const { document, settings, given } = model;
      await configure({ document, settings, keepWeights: false, ...(given === undefined ? {} : { given }) });
      const position = await session.restore({ ...content, settings });
      aside = null;
      return position;
    },
    evaluate: ({ split }) => session.use((network) => evaluate(network, split)),
    predict: ({ sample }) => session.use(async (network) => predict(network, await valuesOf(network, sample))),
    probe: ({ sample, nodes }) => session.use(async (network) => probe(network, await valuesOf(network, sample), nodes)),
    'predict-many': ({ split, indices }) => session.use((network) => predictMany(network, split, indices)),
    activations: ({ split, indices, node, most }) => session.use((network) => activationsOf(network, split, indices, node, most)),
    'preview-augmentation': async (request) => ({
      shape: session.dataset?.sampleShape ?? [],
      samples: await session.preview(request),
    }),
    saliency: ({ sample, unit }) =>
      session.use(async (network) => ({
        shape: network.dataset.sampleShape,
        gradient: await saliency(network, await valuesOf(network, sample), unit),
      })),
    attack: ({ sample, label, attack }) =>
      session.use(async (network) => attackSample(network, attack, await valuesOf(network, sample), label)),
    robustness: ({ split, count, attack }) => {
      const begun = cancels;
      const progress = (done: number, robust: number): void => {
        emit({ type: 'robustness', done, count, robust });
      };
      return session.use((network) => robustAccuracy(network, attack, split, count, { progress, cancelled: () => cancels !== begun }));
    },
    cancel: () => {
      cancels++;
      return Promise.resolve(null);
    },
  };

  return {
    async dispatch(call, request) {
      try {
        return { ok: true, value: await handlers[call](request) };
      } catch (error) {
        return { ok: false, problem: toProblem(error) };
      }
    },
  };
}
