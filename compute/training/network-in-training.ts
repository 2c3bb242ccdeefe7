/**
 * The network of a session on its device: its trainer, its settings of this moment, its past and its snapshots. It knows
 * neither when to train (session-running.ts) nor how a device is had (session-device.ts).
 */
import type { Device } from '../devices/device';
import type { TrainingSettings } from '../graph/training-settings';
import type { PlacedDataset } from './dataset-placement';
import type { DeviceWatch } from './device-watch';
import { prepareEvaluation } from './evaluation';
import { bestEpoch, endAt, type EpochRecord } from './history';
import { createMeasurements, type Measurements } from './measurements';
import type { Model } from './model';
import { placeOnDevice, type NetworkOnDevice } from './network-on-device';
import { writeStatistics } from './preparation';
import type { MeasuredStep, TrainingEvent, TrainingPosition } from './progress';
import { ratesOfEpoch, type Content } from './session-content';
import { fail } from './session-problems';
import { START, bestOf, takeSnapshot, writeTensors, type BestEpoch, type Cursor, type Snapshot } from './snapshot';
import { createSnapshots, type Snapshots } from './snapshots';
import { createTrainer, type Trainer } from './trainer';
import { NO_STATISTICS, type Statistics } from './statistics';
import type { LoopContext } from './training-loop';

/** Milliseconds between snapshots in memory while training: what is lost at most with a device. */
const SNAPSHOT_INTERVAL = 20_000;

/** Where a network is installed: a device, and room for the data set on it. */
export interface Ground {
  readonly device: Device;
  readonly watch: DeviceWatch;
  /** The data set on the device, for batches of so many samples. */
  readonly place: (batchSize: number) => PlacedDataset;
}

interface Installed {
  readonly network: NetworkOnDevice;
  readonly trainer: Trainer;
  readonly watch: DeviceWatch;
  measurements: Measurements;
}

export interface NetworkInTraining {
  /** Its model under the settings of this moment, which change without a new network as far as no program depends on them. */
  readonly model: Model | null;
  /** The next step to be queued. */
  readonly cursor: Cursor;
  /** The position after the last step whose metrics were reported. */
  readonly reported: Cursor;
  readonly snapshots: Snapshots;
  /** Whether the epochs are done, or a rule has ended the training. */
  readonly isOver: boolean;
  positionOf(cursor: Cursor): TrainingPosition;
  /** With which samples are prepared. */
  readonly statistics: Statistics;
  /** The network and who waits on its device; throws `training.not-configured` where there is none. */
  require(): { readonly network: NetworkOnDevice; readonly watch: DeviceWatch };
  /**
   * Makes the network anew, with the content that is asked for once there is room for it on the device; resolves once its step is
   * compiled.
   */
  install(ground: Ground, model: Model, contentOf: () => Content): Promise<void>;
  /** Puts this content into the network there is. */
  write(content: Content): void;
  /** Other rates, epochs or stopping rules, from the next step that is queued on. */
  changePace(settings: TrainingSettings): void;
  /** To the first epoch, with the weights there are. */
  beginAgain(): void;
  /** A snapshot of this moment; the latest where nothing is installed. */
  takeSnapshot(): Promise<Snapshot | null>;
  /** Does something on the network beside its training; the network is not disposed of before it is done. */
  use<Result>(work: (network: NetworkOnDevice) => Promise<Result>): Promise<Result>;
  /** What the training loop needs; what it reports counts from here. */
  loopContext(): Omit<LoopContext, 'halted'>;
  /** Takes the network from everybody; it is disposed of once those who use it are done. */
  retire(): Promise<void>;
  /** The device is gone, and the network with it. */
  forget(): void;
  dispose(): void;
}

export interface NetworkInTrainingOptions {
  readonly emit: (event: TrainingEvent) => void;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

export function createNetworkInTraining({ emit, now }: NetworkInTrainingOptions): NetworkInTraining {
  let installed: Installed | null = null;
  let settings: TrainingSettings | null = null;
  const snapshots = createSnapshots();
  let latestTaken = -Infinity;
  /** Of this training, which begins anew when it is trained on after its end. */
  let history: readonly EpochRecord[] = [];
  let best: BestEpoch | null = null;
  let statistics = NO_STATISTICS;
  let reported: Cursor = START;
  const uses = new Set<Promise<unknown>>();

  const cursor = (): Cursor => installed?.trainer.cursor ?? START;
  const require = (): Installed => installed ?? fail('training.not-configured');
  const currentModel = ({ model }: NetworkOnDevice): Model => ({ ...model, settings: settings ?? model.settings });
  const positionOf = (at: Cursor): TrainingPosition => ({
    ...at,
    epochs: settings?.epochs ?? 0,
    stepsPerEpoch: installed?.trainer.stepsPerEpoch ?? 0,
  });

  /** A snapshot under the settings of this moment. */
  async function capture(of: NetworkOnDevice, at: Cursor): Promise<Snapshot> {
    const beside = { model: currentModel(of), history, best, statistics, layout: of.placed.layout };
    return { ...(await takeSnapshot(of, at)), ...beside };
  }

  /** Remembers a snapshot, unless the network that it belongs to has gone, or a newer one is there. */
  const keep = (of: NetworkOnDevice) => (snapshot: Snapshot) => {
    if (of === installed?.network) snapshots.keep(snapshot);
  };

  function report(metrics: readonly MeasuredStep[], finished: Cursor): void {
    reported = finished;
    if (installed === null) return;
    const { network, trainer, measurements } = installed;
    const position = positionOf(finished);
    emit({
      type: 'progress',
      position,
      metrics,
      ...measurements.add(metrics, finished, position.epochs, now()),
      busyShare: trainer.busyShare(),
    });
    if (now() - latestTaken >= SNAPSHOT_INTERVAL) {
      latestTaken = now();
      // Of the queued position, which the reads will find. Should it fail, the older snapshot stays.
      capture(network, trainer.cursor).then(keep(network), () => undefined);
    }
  }

  /** Takes an epoch into the history, and its snapshot into what is kept. */
  function record(epoch: EpochRecord, snapshot: Snapshot): void {
    history = [...history, epoch];
    const early = settings?.stopping.early ?? null;
    if (early?.restoreBest === true && bestEpoch(history, early) === history.length - 1) best = bestOf(snapshot);
    latestTaken = now();
    snapshots.keep({ ...snapshot, history, best });
  }

  /** The learning rates of an epoch under the settings of this moment. */
  const ratesOf =
    (model: Model) =>
    (epoch: number): Float64Array =>
      ratesOfEpoch(settings ?? model.settings, installed?.trainer.stepsPerEpoch ?? 1, epoch, history);

  const measurementsOf = ({ dataset, model }: NetworkOnDevice): Measurements =>
    createMeasurements(dataset.splits.train.count, model.settings.batchSize);

  function write(content: Content): void {
    const to = require();
    ({ history, best, statistics } = content);
    const { network, trainer } = to;
    writeTensors(network, content.weights, content.optimizer);
    writeStatistics(network.state, network.model.preparation, statistics);
    // Where samples come in another order, what was taken of an epoch says nothing of the rest.
    const sameOrder = JSON.stringify(content.layout) === JSON.stringify(network.placed.layout);
    trainer.place(sameOrder || content.cursor.stepInEpoch === 0 ? content.cursor : { ...content.cursor, stepInEpoch: 0 });
    snapshots.begin({ ...content, model: currentModel(to.network) });
    latestTaken = now();
    to.measurements = measurementsOf(to.network);
  }

  async function using<Result>(working: Promise<Result>): Promise<Result> {
    uses.add(working);
    return working.finally(() => uses.delete(working));
  }

  async function retire(): Promise<void> {
    const network = installed?.network;
    installed = null;
    await Promise.allSettled([...uses]);
    network?.dispose();
  }

  return {
    get model() {
      return installed === null ? null : currentModel(installed.network);
    },
    get cursor() {
      return cursor();
    },
    get reported() {
      return reported;
    },
    get isOver() {
      return installed !== null && settings !== null && endAt(cursor(), history, installed.trainer.stepsPerEpoch, settings) !== null;
    },
    snapshots,
    positionOf,
    get statistics() {
      return statistics;
    },
    require,
    async install({ device, watch, place }, model, contentOf) {
      await retire();
      // First: where it does not fit, nobody waits for its weights to be drawn.
      const network = placeOnDevice(device, model, place(model.settings.batchSize));
      const content = contentOf();
      settings = model.settings;
      const options = { start: content.cursor, onMetrics: report, rates: ratesOf(model), now, guard: watch.guard };
      const trainer = createTrainer(network, options);
      installed = { network, trainer, watch, measurements: measurementsOf(network) };
      write(content);
      // What the first epoch's end needs is there, or refused, before anything is trained.
      const evaluating = prepareEvaluation(network, 'validation');
      evaluating.catch(() => undefined);
      await trainer.prepare();
      await watch.guard(evaluating);
    },
    write,
    changePace(next) {
      settings = next;
      installed?.trainer.writeRates();
    },
    beginAgain() {
      const { trainer } = require();
      history = [];
      best = null;
      trainer.place({ ...trainer.cursor, epoch: 0, stepInEpoch: 0 });
    },
    async takeSnapshot() {
      if (installed === null) return snapshots.latest;
      const { network, trainer, watch } = installed;
      const snapshot = await using(watch.guard(capture(network, trainer.cursor)));
      keep(network)(snapshot);
      return snapshot;
    },
    use: async (work) => {
      const { network, watch } = require();
      return using(watch.guard(work(network)));
    },
    loopContext() {
      const { network, trainer, watch, measurements } = require();
      reported = trainer.cursor;
      return {
        network,
        trainer,
        watch,
        measurements,
        snapshots,
        settings: () => settings ?? network.model.settings,
        capture: (at) => capture(network, at),
        history: () => history,
        record,
        emit,
        now,
      };
    },
    retire,
    forget() {
      installed = null;
    },
    dispose() {
      installed?.network.dispose();
      installed = null;
    },
  };
}
