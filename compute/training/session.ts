/**
 * A training from beginning to end: configure, train, pause, step, stop, reset; snapshots to go on from, and a new device
 * where the old one is lost. One call changes it at a time; pause and stop do not wait for their turn.
 */
import type { Device, DeviceState } from '../devices/device';
import { ProblemError, unwrap } from '../graph/problem';
import type { TrainingSettings } from '../graph/training-settings';
import { checkDataset, uploadDataset, type Dataset } from './dataset';
import { delay, watchDevice, type DeviceWatch } from './device-watch';
import { prepareEvaluation } from './evaluation';
import { bestEpoch, endAt, type EpochRecord } from './history';
import { createMeasurements, type Measurements } from './measurements';
import { prepareModel, type Model } from './model';
import { placeOnDevice, type NetworkOnDevice } from './network-on-device';
import type { MeasuredStep, TrainingPosition, TrainingStatus } from './progress';
import {
  START,
  bestOf,
  carryOver,
  checkTensors,
  initialSnapshot,
  sameOrder,
  takeSnapshot,
  writeTensors,
  type BestEpoch,
  type Cursor,
  type Snapshot,
} from './snapshot';
import { onlyPaceDiffers, ratesOfEpoch, withoutHistory, type Content } from './session-content';
import type { Session, SessionOptions } from './session-interface';
import { fail, messageOf, problemOf } from './session-problems';
import { createSnapshots } from './snapshots';
import { createTrainer, type Trainer } from './trainer';
import { trainingLoop } from './training-loop';

/** Milliseconds after which pause and stop answer, even if a slow device still works on the last step. */
const ANSWER_WITHIN = 100;
/** Milliseconds between snapshots in memory while training: what is lost at most with a device. */
const SNAPSHOT_INTERVAL = 20_000;
/** A device that is lost so often within a minute is not asked for again. */
const MAXIMUM_LOSSES = 3;

export type { Session } from './session-interface';

interface OpenDevice {
  readonly device: Device;
  readonly watch: DeviceWatch;
}

export function createSession({ openDevice: open, emit, now = () => performance.now() }: SessionOptions): Session {
  let opened: OpenDevice | null = null;
  let dataset: Dataset | null = null;
  let data: DeviceState | null = null;
  let network: NetworkOnDevice | null = null;
  let trainer: Trainer | null = null;
  let measurements: Measurements | null = null;
  let settings: TrainingSettings | null = null;
  const snapshots = createSnapshots();
  let latestTaken = -Infinity;
  /** Of this training, which begins anew when it is trained on after its end. */
  let history: readonly EpochRecord[] = [];
  let best: BestEpoch | null = null;
  let status: TrainingStatus = 'idle';
  /** The position after the last step whose metrics were reported. */
  let finished: Cursor = START;
  let halted = false;
  /** Counts pauses and stops: what was asked for before one of them does not start after it. */
  let interruptions = 0;
  /** The loop, while it runs or drains. It never rejects. */
  let loop: Promise<void> | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  /** What is being done on the network beside its training. */
  const uses = new Set<Promise<unknown>>();
  const lossTimes: number[] = [];

  const positionOf = (cursor: Cursor): TrainingPosition => ({
    ...cursor,
    epochs: settings?.epochs ?? 0,
    stepsPerEpoch: trainer?.stepsPerEpoch ?? 0,
  });

  function setStatus(next: TrainingStatus, cursor: Cursor = trainer?.cursor ?? START): void {
    status = next;
    finished = cursor;
    emit({ type: 'status', status, position: positionOf(cursor) });
  }

  /** One after another, whatever happened to the one before. */
  function exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  const requireDevice = (): OpenDevice => opened ?? fail('device.none');
  const requireDataset = (): Dataset => dataset ?? fail('training.no-dataset');
  const requireNetwork = (): { network: NetworkOnDevice; trainer: Trainer } =>
    network === null || trainer === null ? fail('training.not-configured') : { network, trainer };

  function report(metrics: readonly MeasuredStep[], cursor: Cursor): void {
    finished = cursor;
    if (measurements === null) return;
    const position = positionOf(cursor);
    emit({ type: 'progress', position, metrics, ...measurements.add(metrics, cursor, position.epochs, now()) });
    if (now() - latestTaken >= SNAPSHOT_INTERVAL && network !== null && trainer !== null) {
      latestTaken = now();
      // Of the queued position, which the reads will find. Should it fail, the older snapshot stays.
      capture(network, trainer.cursor).then(keep(network), () => undefined);
    }
  }

  /** A snapshot under the settings of this moment: some of them change without a new network. */
  async function capture(of: NetworkOnDevice, cursor: Cursor): Promise<Snapshot> {
    const beside = { model: currentModel(of), history, best };
    return { ...(await takeSnapshot(of, cursor)), ...beside };
  }

  const currentModel = ({ model }: NetworkOnDevice): Model => ({ ...model, settings: settings ?? model.settings });

  /** Remembers a snapshot, unless the network that it belongs to has gone, or a newer one is there. */
  const keep = (of: NetworkOnDevice) => (snapshot: Snapshot) => {
    if (of === network) snapshots.keep(snapshot);
  };

  /** Takes an epoch into the history, and its snapshot into what is kept. */
  function record(epoch: EpochRecord, snapshot: Snapshot): void {
    history = [...history, epoch];
    const early = settings?.stopping.early ?? null;
    if (early?.restoreBest === true && bestEpoch(history, early) === history.length - 1) best = bestOf(snapshot);
    latestTaken = now();
    snapshots.keep({ ...snapshot, history, best });
  }

  /** Trains until halted, for so many steps, or to the end; leaves the status that it ends with. */
  async function runLoop(limit: number): Promise<void> {
    const { network: of, trainer: by } = requireNetwork();
    const { watch } = requireDevice();
    try {
      const end = await trainingLoop(
        {
          network: of,
          trainer: by,
          watch,
          measurements: measurements ?? createMeasurements(of.dataset.splits.train.count, of.model.settings.batchSize),
          snapshots,
          settings: () => settings ?? of.model.settings,
          capture: (cursor) => capture(of, cursor),
          history: () => history,
          record,
          halted: () => halted,
          emit,
          now,
        },
        limit,
      );
      // Whoever halted it says so.
      if (end !== 'halted') setStatus(end);
    } catch (error) {
      // A lost device is recovered from elsewhere, and the status stays until then.
      if (await watch.isLoss(error)) return;
      emit({ type: 'problem', problem: problemOf(error, 'training.failed') });
      setStatus('failed');
    }
  }

  function start(limit: number): Promise<void> {
    halted = false;
    setStatus('running');
    const running = runLoop(limit).finally(() => {
      if (loop === running) loop = null;
    });
    loop = running;
    return running;
  }

  async function halt(): Promise<void> {
    halted = true;
    await loop;
  }

  /** Ends training now; answers in time even if the device is not. */
  async function interrupt(next: 'paused' | 'idle'): Promise<TrainingPosition> {
    const wasRunning = status === 'running';
    halted = true;
    interruptions++;
    if (loop !== null) await Promise.race([loop, delay(ANSWER_WITHIN)]);
    // The loop may have ended by itself, or failed, in the meantime.
    if ((wasRunning && status === 'running') || (next === 'idle' && status === 'paused')) setStatus(next);
    return positionOf(trainer?.cursor ?? START);
  }

  /** What a training that does not run is, by its position. */
  function restingStatus(): TrainingStatus {
    if ((trainer?.cursor ?? START).step === 0) return 'idle';
    return isOver() ? 'finished' : 'paused';
  }

  const isOver = (): boolean =>
    trainer !== null && settings !== null && endAt(trainer.cursor, history, trainer.stepsPerEpoch, settings) !== null;

  /** A training that is over begins again at its first epoch, with the weights that it has. */
  function beginAgain(by: Trainer): void {
    if (!isOver() && status !== 'finished') return;
    history = [];
    best = null;
    by.place({ ...by.cursor, epoch: 0, stepInEpoch: 0 });
  }

  /** Takes the network from everybody; it is disposed of once those who work on it beside the training are done. */
  async function retire(): Promise<void> {
    const of = network;
    trainer = null;
    network = null;
    await Promise.allSettled([...uses]);
    of?.dispose();
  }

  /** Makes the network anew on the device there is, with this content. */
  async function install(model: Model, content: Content): Promise<void> {
    const { device, watch } = requireDevice();
    const of = requireDataset();
    data ??= unwrap(uploadDataset(device, of));
    await retire();
    const placed = placeOnDevice(device, model, of, data);
    network = placed;
    settings = model.settings;
    trainer = createTrainer(placed, { start: content.cursor, onMetrics: report, rates: ratesOf(model), now, guard: watch.guard });
    write(content);
    await trainer.prepare();
    // Compiled while the first epoch trains.
    prepareEvaluation(placed, 'validation').catch(() => undefined);
  }

  /** The learning rates of an epoch under the settings of this moment. */
  const ratesOf =
    (model: Model) =>
    (epoch: number): Float64Array =>
      ratesOfEpoch(settings ?? model.settings, trainer?.stepsPerEpoch ?? 1, epoch, history);

  function write(content: Content): void {
    const { network: to, trainer: by } = requireNetwork();
    ({ history, best } = content);
    writeTensors(to, content.weights, content.optimizer);
    by.place(content.cursor);
    snapshots.begin({ ...content, model: currentModel(to) });
    latestTaken = now();
    measurements = createMeasurements(to.dataset.splits.train.count, to.model.settings.batchSize);
  }

  function forgetDevice(): void {
    trainer = null;
    network = null;
    data = null;
    opened = null;
  }

  async function connect(): Promise<Device> {
    const device = await open();
    opened = { device, watch: watchDevice(device) };
    void device.lost.then(({ reason, message }) => {
      if (reason === 'lost' && opened?.device === device) void exclusive(() => recover(device, message));
    });
    return device;
  }

  async function recover(lost: Device, message: string): Promise<void> {
    if (opened?.device !== lost) return;
    const goOn = status === 'running' && !halted;
    await halt();
    const model = network === null ? null : currentModel(network);
    const from = snapshots.latest;
    forgetDevice();
    emit({ type: 'device', state: 'lost', message, description: null });
    if (from !== null) setStatus('paused', from.cursor);
    try {
      lossTimes.push(now());
      if (lossTimes.filter((time) => now() - time < 60_000).length > MAXIMUM_LOSSES)
        fail('device.lost-again', { times: MAXIMUM_LOSSES, message });
      const { description } = await connect();
      if (model !== null && from !== null) {
        await install(model, from);
        setStatus(restingStatus());
      }
      emit({ type: 'device', state: 'recovered', message, description });
      if (goOn) void start(Infinity);
    } catch (error) {
      const reason = problemOf(error, 'device.lost');
      emit({ type: 'device', state: 'failed', message: messageOf(error), description: null });
      emit({ type: 'problem', problem: reason });
      setStatus('failed', from?.cursor ?? START);
    }
  }

  return {
    get status() {
      return status;
    },
    get position() {
      return positionOf(status === 'running' ? finished : (trainer?.cursor ?? START));
    },
    get device() {
      return opened?.device.description ?? null;
    },
    get dataset() {
      return dataset;
    },
    openDevice: () =>
      exclusive(async () => {
        await halt();
        const former = opened?.device;
        const content = snapshots.latest;
        const model = network === null ? null : currentModel(network);
        forgetDevice();
        former?.dispose();
        const { description } = await connect();
        if (model !== null && content !== null) {
          await install(model, content);
          setStatus(restingStatus());
        }
        return description;
      }),
    loadDataset: (next) =>
      exclusive(async () => {
        unwrap(checkDataset(next));
        await halt();
        await retire();
        data?.dispose();
        data = null;
        dataset = next;
        // A place within an epoch of the old data means nothing in the new.
        const { latest } = snapshots;
        if (latest !== null) snapshots.begin(withoutHistory({ ...latest, cursor: { ...latest.cursor, stepInEpoch: 0 } }));
        if (status !== 'idle') setStatus('idle');
      }),
    configure: ({ document, settings: wanted, keepWeights }) =>
      exclusive(async () => {
        requireDevice();
        const model = unwrap(prepareModel(document, wanted, requireDataset()));
        const answer = () => ({ position: positionOf(trainer?.cursor ?? START), parameterCount: model.analysis.parameterCount });
        // After a failure everything is made anew.
        if (
          keepWeights &&
          status !== 'failed' &&
          network !== null &&
          settings !== null &&
          onlyPaceDiffers(network.model, settings, model)
        ) {
          settings = wanted;
          trainer?.writeRates();
          return answer();
        }
        await halt();
        const before = keepWeights ? snapshots.latest : null;
        setStatus('compiling');
        try {
          const carried = before === null ? null : carryOver(before, model);
          if (before === null || carried === null || carried.kept === 0) await install(model, initialSnapshot(model));
          else {
            const exact = carried.complete && sameOrder(before.model, model);
            const content = { ...before, weights: carried.weights, optimizer: carried.optimizer };
            await install(model, exact ? content : withoutHistory({ ...content, cursor: { ...before.cursor, stepInEpoch: 0 } }));
          }
        } catch (error) {
          setStatus('failed');
          throw error;
        }
        setStatus(restingStatus());
        return answer();
      }),
    train() {
      const asked = interruptions;
      return exclusive(async () => {
        const { trainer: by } = requireNetwork();
        if (status === 'running') return;
        await loop;
        if (asked !== interruptions) return;
        beginAgain(by);
        void start(Infinity);
      });
    },
    pause: () => interrupt('paused'),
    stop: () => interrupt('idle'),
    step: (steps = 1) =>
      exclusive(async () => {
        const { trainer: by } = requireNetwork();
        await halt();
        beginAgain(by);
        await start(steps);
        return positionOf(trainer?.cursor ?? START);
      }),
    stepBack: () =>
      exclusive(async () => {
        const { trainer: by } = requireNetwork();
        await halt();
        const target = snapshots.before(by.cursor.step);
        if (target === null) return fail('training.no-step-back');
        write(target);
        setStatus(restingStatus());
        return positionOf(by.cursor);
      }),
    reset: () =>
      exclusive(async () => {
        const { network: of } = requireNetwork();
        await halt();
        write(initialSnapshot(currentModel(of)));
        setStatus('idle');
      }),
    async snapshot(fresh) {
      if (!fresh || network === null || trainer === null || opened === null) return snapshots.latest;
      const of = network;
      const taking = opened.watch.guard(capture(of, trainer.cursor));
      uses.add(taking);
      const snapshot = await taking.finally(() => uses.delete(taking));
      keep(of)(snapshot);
      return snapshot;
    },
    restore: (snapshot) =>
      exclusive(async () => {
        const { network: of } = requireNetwork();
        unwrap(checkTensors(of.model, snapshot.weights, snapshot.optimizer));
        await halt();
        const exact = sameOrder({ ...of.model, settings: snapshot.settings }, currentModel(of));
        const { weights, optimizer, cursor, history: past, best: bestPast } = snapshot;
        const content = { weights, optimizer, history: past, best: bestPast };
        write(exact ? { ...content, cursor } : withoutHistory({ ...content, cursor: { ...cursor, stepInEpoch: 0 } }));
        setStatus(restingStatus());
        return positionOf(trainer?.cursor ?? START);
      }),
    loadWeights: (weights) =>
      exclusive(async () => {
        const { network: of } = requireNetwork();
        unwrap(checkTensors(of.model, weights, []));
        await halt();
        write({ weights, optimizer: [], cursor: START, history: [], best: null });
        setStatus('idle');
      }),
    async use(work) {
      const { network: of } = requireNetwork();
      const { watch } = requireDevice();
      const using = watch.guard(work(of));
      uses.add(using);
      try {
        return await using;
      } catch (error) {
        if (!(error instanceof ProblemError) && (await watch.isLoss(error))) return fail('device.lost', { message: messageOf(error) });
        throw error;
      } finally {
        uses.delete(using);
      }
    },
    dispose() {
      halted = true;
      const device = opened?.device;
      network?.dispose();
      data?.dispose();
      forgetDevice();
      device?.dispose();
    },
  };
}
