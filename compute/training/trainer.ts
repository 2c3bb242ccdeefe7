/**
 * Takes training steps on a device: keeps it busy with submits of several steps, reads the losses of all of them from the
 * ring a few times a second, and stops when told. It knows one network and no lifecycle: that is session.ts.
 */
import type { Executable } from '../devices/device';
import type { NetworkOnDevice } from './network-on-device';
import { createPace } from './pace';
import { sequentialOrder, shuffledOrder } from './permutation';
import type { StepMetrics } from './progress';
import { RING_STEPS, trainingProgram } from './programs';
import type { Cursor } from './snapshot';

/** Milliseconds between two looks at the ring. */
const READ_INTERVAL = 120;
/** Milliseconds that a device which computes on this very thread may hold it before messages get their turn. */
const TURN = 20;

export interface TrainerOptions {
  readonly start: Cursor;
  /** Every step once and in order, a few times a second; `finished` is the position after the last of them. */
  readonly onMetrics: (metrics: readonly StepMetrics[], finished: Cursor) => void;
  /** Milliseconds from any origin. */
  readonly now: () => number;
  /** Rejects as soon as the device is lost, however long the promise itself takes. */
  readonly guard: <Value>(promise: Promise<Value>) => Promise<Value>;
}

export interface Trainer {
  /** The next step to be queued. */
  readonly cursor: Cursor;
  readonly stepsPerEpoch: number;
  /** Milliseconds a step takes, or null if none was taken. */
  readonly stepMilliseconds: number | null;
  /** Compiles the step; the program for a last batch that is not full follows while the first trains. */
  prepare(): Promise<void>;
  /** The weights in the network's state are those of this position. */
  place(cursor: Cursor): void;
  writeLearningRate(learningRate: number): void;
  /**
   * Trains to the end of the epoch, or for `limit` steps, or until `halted`; then everything queued is done and its
   * metrics were handed over. True if the epoch ended.
   */
  run(limit: number, halted: () => boolean): Promise<boolean>;
}

export function createTrainer(network: NetworkOnDevice, { start, onMetrics, now, guard }: TrainerOptions): Trainer {
  const { device, dataset, model, state } = network;
  const { settings } = model;
  const sampleCount = dataset.splits.train.count;
  const batch = Math.min(settings.batchSize, sampleCount);
  const fullSteps = Math.floor(sampleCount / batch);
  const rest = sampleCount % batch;
  const stepsPerEpoch = fullSteps + (rest > 0 ? 1 : 0);
  const sharesThread = device.description.kind === 'reference';

  let cursor = start;
  let orderIsPlaced = false;
  let stepsRead = start.step;
  let lastRead = -Infinity;
  let reading: Promise<void> = Promise.resolve();
  let lastTurn = now();
  const pace = createPace();

  const full = () => network.once('train', () => network.compile(trainingProgram(model, dataset, batch)));
  const partial = () => network.once('train-partial', () => network.compile(trainingProgram(model, dataset, rest)));

  /** The order of the samples of this epoch, and where in it the next batch begins. */
  function placeOrder(): void {
    const epochStart = cursor.step - cursor.stepInEpoch;
    state.write(
      'permutation',
      settings.order === 'shuffled' ? shuffledOrder(sampleCount, settings.seed, epochStart) : sequentialOrder(sampleCount),
    );
    state.write('position', Int32Array.of(cursor.stepInEpoch * batch));
    orderIsPlaced = true;
  }

  /** Queues a look at the ring, behind all steps queued so far. */
  function readRing(): void {
    const first = stepsRead;
    const finished = cursor;
    if (finished.step === first) return;
    stepsRead = finished.step;
    lastRead = now();
    const ring = guard(state.read('metrics'));
    reading = reading.then(async () => {
      const rows = await ring;
      const metrics = Array.from({ length: finished.step - first }, (_, index): StepMetrics => {
        const row = (first + index) % RING_STEPS;
        return { step: first + index + 1, loss: rows[2 * row] ?? 0, accuracy: rows[2 * row + 1] ?? 0 };
      });
      onMetrics(metrics, finished);
    });
    // Whoever waits for `reading` hears of a failure; until then it must not count as unhandled.
    reading.catch(() => undefined);
    ring.catch(() => undefined);
  }

  function submit(executable: Executable, steps: number): void {
    // No step may be overwritten before a look at it is queued.
    if (cursor.step + steps - stepsRead > RING_STEPS) readRing();
    executable.run(steps);
    cursor = { ...cursor, stepInEpoch: cursor.stepInEpoch + steps, step: cursor.step + steps };
  }

  async function run(limit: number, halted: () => boolean): Promise<boolean> {
    const step = await guard(full());
    if (rest > 0) partial().catch(() => undefined);
    if (!orderIsPlaced || cursor.stepInEpoch === 0) placeOrder();
    const inFlight: { readonly steps: number; readonly done: Promise<void> }[] = [];
    let stepsInFlight = 0;
    let lastDone = now();
    let left = Math.min(limit, stepsPerEpoch - cursor.stepInEpoch);
    while (inFlight.length > 0 || (left > 0 && !halted())) {
      const fullLeft = fullSteps - cursor.stepInEpoch;
      const steps = halted() ? 0 : pace.next(inFlight.length, stepsInFlight, fullLeft > 0 ? Math.min(left, fullLeft) : Math.min(left, 1));
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
    if (cursor.stepInEpoch < stepsPerEpoch) return false;
    cursor = { epoch: cursor.epoch + 1, stepInEpoch: 0, step: cursor.step };
    return true;
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
      state.write('step', Int32Array.of(position.step));
      state.write('seed', Int32Array.of(settings.seed | 0, 0));
    },
    writeLearningRate(learningRate) {
      state.write('learningRate', Float64Array.of(learningRate));
    },
    run,
  };
}
