/**
 * Takes training steps on a device: keeps it busy with submits of several steps, reads the losses of all of them from the
 * ring a few times a second, and stops when told. It knows one network and no lifecycle: that is session.ts.
 */
import type { Executable } from '../devices/device';
import type { NetworkOnDevice } from './network-on-device';
import { createPace } from './pace';
import { sequentialOrder, shuffledOrder } from './permutation';
import type { MeasuredStep } from './progress';
import { trainingProgram } from './programs';
import type { Cursor } from './snapshot';
import { RING_COLUMNS, RING_STEPS, OUTCOME_COLUMN, BAD_NUMBER, ratesInOrder, stepsPerEpochOf } from './states';
import { needsGradientNorm } from './update';
import { hasTargets } from './objective';
import { createWindowLoader } from './window-loader';

/** Milliseconds between two looks at the ring. */
const READ_INTERVAL = 120;
/** Milliseconds that a device which computes on this very thread may hold it before messages get their turn. */
const TURN = 20;
/** Milliseconds of uploading between two looks at the queue of the device. */
const UPLOAD_TURN = 10;

export interface TrainerOptions {
  readonly start: Cursor;
  /** Every step once and in order, a few times a second; `finished` is the position after the last of them. */
  readonly onMetrics: (metrics: readonly MeasuredStep[], finished: Cursor) => void;
  /** The learning rate of each step of an epoch, counted from 0. */
  readonly rates: (epoch: number) => Float64Array;
  /** Milliseconds from any origin. */
  readonly now: () => number;
  /** Rejects as soon as the device is lost, however long the promise itself takes. */
  readonly guard: <Value>(promise: Promise<Value>) => Promise<Value>;
}

/**
 * How a run of steps ended. The device refuses a step for a number that is not finite, or else because a rule of the settings
 * ends training there.
 */
export interface RunEnd {
  readonly type: 'epoch' | 'paused' | 'bad-number' | 'rule';
}

export interface Trainer {
  /** The next step to be queued. */
  readonly cursor: Cursor;
  readonly stepsPerEpoch: number;
  /** Milliseconds a step takes, or null if none was taken. */
  readonly stepMilliseconds: number | null;
  /** Part of the running time since it was last asked in which the device did not wait for samples. */
  busyShare(): number;
  /** Compiles the step; the program for a last batch that is not full follows while the first trains. */
  prepare(): Promise<void>;
  /** The weights in the network's state are those of this position. */
  place(cursor: Cursor): void;
  /** The rates of this epoch have changed: those of the steps that are not queued yet are written anew. */
  writeRates(): void;
  /** The batch of the next step: how many samples. */
  readonly nextBatchSize: number;
  /**
   * Trains to the end of the epoch, or for `limit` steps, or until `halted`; then everything queued is done and its
   * metrics were handed over. After a refused step the cursor stands before it, and nothing moved since.
   */
  run(limit: number, halted: () => boolean): Promise<RunEnd>;
}

export function createTrainer(network: NetworkOnDevice, { start, onMetrics, rates: ratesOf, now, guard }: TrainerOptions): Trainer {
  const { device, dataset, model, state, placed } = network;
  const { settings } = model;
  const sampleCount = dataset.splits.train.count;
  const batch = Math.min(settings.batchSize, sampleCount);
  const fullSteps = Math.floor(sampleCount / batch);
  const rest = sampleCount % batch;
  const stepsPerEpoch = stepsPerEpochOf(dataset, settings.batchSize);
  const measuresGradient = needsGradientNorm(model);
  const hasClasses = model.objective.target.kind === 'class';
  const isRegression = hasTargets(model);
  const { layout } = placed;
  const windows =
    layout === null
      ? null
      : createWindowLoader({
          dataset,
          layout,
          data: placed.state,
          seed: settings.order === 'shuffled' ? settings.seed : null,
          stepsPerEpoch,
        });
  const sharesThread = device.description.kind === 'reference';
  /** A GPU computes while the next steps are queued; what computes in the call itself has nothing in flight. */
  const queues = device.description.kind === 'webgpu';

  let cursor = start;
  let orderIsPlaced = false;
  let stepsRead = start.step;
  let lastRead = -Infinity;
  let reading: Promise<void> = Promise.resolve();
  let lastTurn = now();
  let rates = new Float64Array();
  /** Of the steps that are queued and were not read. */
  const queuedRates: number[] = [];
  let refused: { readonly step: number; readonly reason: 'bad-number' | 'rule' } | null = null;
  const pace = createPace();
  /** Milliseconds of running since somebody asked, and of waiting for samples among them. */
  let time = { running: 0, waiting: 0 };
  let runningSince: number | null = null;

  const full = () => network.once('train', () => network.compile(trainingProgram(model, placed, batch)));
  const partial = () => network.once('train-partial', () => network.compile(trainingProgram(model, placed, rest)));

  /** The order of the samples of this epoch, and where in it the next batch begins. */
  function placeOrder(): void {
    const epochStart = cursor.step - cursor.stepInEpoch;
    if (windows === null) {
      const order = settings.order === 'shuffled' ? shuffledOrder(sampleCount, settings.seed, epochStart) : sequentialOrder(sampleCount);
      state.write('permutation', order);
    } else {
      // Where the epoch before has just ended, its windows go on into this one.
      if (orderIsPlaced) windows.nextEpoch(epochStart);
      else windows.begin(epochStart, cursor.stepInEpoch * batch);
      state.write('permutation', windows.rows());
    }
    state.write('position', Int32Array.of(cursor.stepInEpoch * batch));
    writeRates();
    orderIsPlaced = true;
  }

  function writeRates(): void {
    rates = Float64Array.from(ratesOf(cursor.epoch));
    state.write('learningRates', ratesInOrder(rates, cursor.step - cursor.stepInEpoch));
  }

  /** The rows of the ring from the first step on, up to one that was not taken. */
  function readRows(rows: ArrayLike<number>, first: number, learningRates: readonly number[]): MeasuredStep[] {
    const taken: MeasuredStep[] = [];
    for (const [index, learningRate] of learningRates.entries()) {
      const row = ((first + index) % RING_STEPS) * RING_COLUMNS;
      const step = {
        step: first + index + 1,
        loss: rows[row] ?? 0,
        accuracy: hasClasses ? (rows[row + 1] ?? 0) : NaN,
        meanAbsoluteError: isRegression ? (rows[row + 1] ?? 0) : NaN,
        gradientNorm: measuresGradient ? (rows[row + 2] ?? 0) : null,
        learningRate,
      };
      const outcome = rows[row + OUTCOME_COLUMN];
      if (outcome !== 1) {
        refused = { step: step.step, reason: outcome === BAD_NUMBER ? 'bad-number' : 'rule' };
        break;
      }
      taken.push(step);
    }
    return taken;
  }

  /** Queues a look at the ring, behind all steps queued so far. */
  function readRing(): void {
    const first = stepsRead;
    const finished = cursor;
    if (finished.step === first) return;
    stepsRead = finished.step;
    lastRead = now();
    const learningRates = queuedRates.splice(0);
    const ring = guard(state.read('metrics'));
    reading = reading.then(async () => {
      const rows = await ring;
      if (refused !== null) return;
      const metrics = readRows(rows, first, learningRates);
      const untaken = learningRates.length - metrics.length;
      onMetrics(metrics, { ...finished, stepInEpoch: finished.stepInEpoch - untaken, step: finished.step - untaken });
    });
    // Whoever waits for `reading` hears of a failure; until then it must not count as unhandled.
    reading.catch(() => undefined);
    ring.catch(() => undefined);
  }

  function submit(executable: Executable, steps: number): void {
    // No step may be overwritten before a look at it is queued.
    if (cursor.step + steps - stepsRead > RING_STEPS) readRing();
    executable.run(steps);
    queuedRates.push(...rates.subarray(cursor.stepInEpoch, cursor.stepInEpoch + steps));
    cursor = { ...cursor, stepInEpoch: cursor.stepInEpoch + steps, step: cursor.step + steps };
  }

  /** The step that was refused, before which the cursor is put back; the device is told that it may try again. */
  function takeRefused(): 'bad-number' | 'rule' | null {
    if (refused === null) return null;
    const { step, reason } = refused;
    refused = null;
    const steps = cursor.step - (step - 1);
    cursor = { ...cursor, stepInEpoch: cursor.stepInEpoch - steps, step: step - 1 };
    stepsRead = cursor.step;
    state.write('halted', Float32Array.of(0));
    // What lies on the device may be of steps further on.
    if (windows !== null) orderIsPlaced = false;
    return reason;
  }

  /** How many of the next steps have their samples on the device. */
  function stepsAtHand(): number {
    if (windows === null) return Infinity;
    const position = cursor.stepInEpoch * batch;
    const available = windows.available(position);
    return position + available === sampleCount ? stepsPerEpoch - cursor.stepInEpoch : Math.floor(available / batch);
  }

  /** Brings samples to the device, for as long as it is not noticed. */
  function giveWindows(): void {
    const began = now();
    while (windows?.advance(cursor.stepInEpoch * batch) === true && now() - began < UPLOAD_TURN) continue;
  }

  /** Waits for samples; the device has nothing to do. */
  async function waitForSamples(): Promise<void> {
    if (windows === null) return;
    const began = now();
    await guard(windows.arrival());
    giveWindows();
    time = { ...time, waiting: time.waiting + now() - began };
  }

  /** Brings the samples of the next step to the device, and where they lie. */
  async function loadBatch(): Promise<void> {
    placeOrder();
    while (stepsAtHand() === 0) await waitForSamples();
  }

  async function run(limit: number, halted: () => boolean): Promise<RunEnd> {
    const step = await guard(full());
    if (rest > 0) partial().catch(() => undefined);
    if (!orderIsPlaced || cursor.stepInEpoch === 0) placeOrder();
    runningSince = now();
    const inFlight: { readonly steps: number; readonly done: Promise<void> }[] = [];
    let stepsInFlight = 0;
    let lastDone = now();
    let left = Math.min(limit, stepsPerEpoch - cursor.stepInEpoch);
    // A look at the ring changes it between two turns of the loop.
    const stops = (): boolean => halted() || refused !== null;
    while (inFlight.length > 0 || (left > 0 && !stops())) {
      giveWindows();
      const fullLeft = fullSteps - cursor.stepInEpoch;
      const atHand = stepsAtHand();
      if (atHand === 0 && inFlight.length === 0) {
        await waitForSamples();
        continue;
      }
      const waits = stops() || (!queues && inFlight.length > 0);
      const steps = waits ? 0 : pace.next(inFlight.length, stepsInFlight, Math.min(left, atHand, fullLeft > 0 ? fullLeft : 1));
      if (steps > 0) {
        const executable = fullLeft > 0 ? step : await guard(partial());
        const submitted = now();
        submit(executable, steps);
        left -= steps;
        stepsInFlight += steps;
        const done = guard(device.finish()).then(() => {
          const finished = now();
          // A last batch that is not full says nothing of the others.
          if (executable === step) pace.measured(steps, finished - Math.max(submitted, lastDone));
          lastDone = finished;
        });
        done.catch(() => undefined);
        inFlight.push({ steps, done });
        continue;
      }
      const oldest = inFlight.shift();
      if (oldest === undefined) continue;
      await oldest.done;
      stepsInFlight -= oldest.steps;
      if (now() - lastRead >= READ_INTERVAL) readRing();
      if (sharesThread && now() - lastTurn > TURN) {
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
        lastTurn = now();
      }
    }
    readRing();
    await reading;
    time = { ...time, running: time.running + now() - runningSince };
    runningSince = null;
    const refusal = takeRefused();
    // Whoever asks what went bad looks at the samples of that step.
    if (refusal !== null && windows !== null) await loadBatch();
    if (refusal !== null) return { type: refusal };
    if (cursor.stepInEpoch < stepsPerEpoch) return { type: 'paused' };
    cursor = { epoch: cursor.epoch + 1, stepInEpoch: 0, step: cursor.step };
    return { type: 'epoch' };
  }

  return {
    get cursor() {
      return cursor;
    },
    stepsPerEpoch,
    get stepMilliseconds() {
      return pace.stepMilliseconds;
    },
    async prepare() {
      await guard(full());
    },
    place(position) {
      cursor = position;
      stepsRead = position.step;
      orderIsPlaced = false;
      refused = null;
      queuedRates.length = 0;
      state.write('halted', Float32Array.of(0));
      state.write('step', Int32Array.of(position.step));
      state.write('seed', Int32Array.of(settings.seed | 0, 0));
    },
    get nextBatchSize() {
      return cursor.stepInEpoch < fullSteps ? batch : rest;
    },
    writeRates,
    busyShare() {
      const at = now();
      const running = time.running + (runningSince === null ? 0 : at - runningSince);
      const share = running <= 0 ? 1 : Math.max(0, 1 - time.waiting / running);
      time = { running: 0, waiting: 0 };
      if (runningSince !== null) runningSince = at;
      return share;
    },
    run,
  };
}
