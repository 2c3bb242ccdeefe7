/** Trains epoch by epoch until something ends it: a halt, a limit, the epochs, a rule, or a number that went bad. */
import { failure } from '../graph/problem';
import type { TrainingSettings } from '../graph/training-settings';
import type { DeviceWatch } from './device-watch';
import { findBadNumber } from './diagnosis';
import { evaluate } from './evaluation';
import { endAt, ruleAfterEpoch, stepsLeft, type EpochRecord } from './history';
import type { Measurements } from './measurements';
import type { NetworkOnDevice } from './network-on-device';
import type { BadNumber, StopRule, TrainingEvent } from './progress';
import { writeTensors, type Cursor, type Snapshot } from './snapshot';
import type { Snapshots } from './snapshots';
import type { Trainer } from './trainer';

export interface LoopContext {
  readonly network: NetworkOnDevice;
  readonly trainer: Trainer;
  readonly watch: DeviceWatch;
  readonly measurements: Measurements;
  readonly snapshots: Snapshots;
  /** They may change while it runs, as far as no program depends on them. */
  readonly settings: () => TrainingSettings;
  /** Queues the reading of a snapshot of this position. */
  readonly capture: (cursor: Cursor) => Promise<Snapshot>;
  readonly history: () => readonly EpochRecord[];
  /** Adds an epoch to the history, and the snapshot to what is kept of the best where it is the best. */
  readonly record: (epoch: EpochRecord, snapshot: Snapshot) => void;
  readonly halted: () => boolean;
  readonly emit: (event: TrainingEvent) => void;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

/** `halted`: whoever halted it says what it is now. */
export type LoopEnd = 'halted' | 'paused' | 'finished';

const badNumberCodes: Readonly<Record<BadNumber['what'], string>> = {
  weight: 'training.bad-weight',
  buffer: 'training.bad-buffer',
  optimizer: 'training.bad-optimizer',
  input: 'training.bad-input',
  activation: 'training.bad-activation',
  loss: 'training.bad-loss',
  gradient: 'training.bad-gradient',
};

/** Names what went bad, and where a step back leads. */
async function tellBadNumber({ network, trainer, watch, snapshots, emit }: LoopContext): Promise<void> {
  const found = await watch.guard(findBadNumber(network, trainer.nextBatchSize));
  const step = trainer.cursor.step + 1;
  const back = snapshots.before(trainer.cursor.step)?.cursor ?? null;
  const finding = { ...found, step, stepBack: back === null ? null : { epoch: back.epoch, step: back.step } };
  const values = { step, tensor: finding.tensor, node: finding.node ?? '', value: finding.value };
  emit({
    type: 'bad-number',
    finding,
    problem: failure(badNumberCodes[finding.what], values, finding.node === null ? {} : { node: finding.node }).problem,
  });
}

/** Measures the epoch that has just ended; false if its weights hold a number that is not finite. */
async function endEpoch({ network, trainer, watch, measurements, snapshots, capture, record, emit }: LoopContext): Promise<boolean> {
  const { cursor } = trainer;
  const capturing = capture(cursor);
  const evaluating = evaluate(network, 'validation');
  const snapshot = await watch.guard(capturing);
  const validation = await watch.guard(evaluating);
  const train = measurements.endEpoch();
  emit({ type: 'epoch', epoch: cursor.epoch, step: cursor.step, train, validation });
  // Without samples for validation, what looks at them looks at the training.
  const { loss, accuracy } = validation.count === 0 ? train : validation;
  record({ step: cursor.step, trainLoss: train.loss, validationLoss: loss, validationAccuracy: accuracy }, snapshot);
  return snapshots.latest?.cursor.step === cursor.step;
}

/** Puts the weights of the best epoch back, if the settings want it and it was not the last. */
async function restoreBest({ network, trainer, settings, snapshots, capture, watch }: LoopContext) {
  const { early } = settings().stopping;
  const best = snapshots.latest?.best ?? null;
  if (early === null || !early.restoreBest || best === null || best.step === trainer.cursor.step) return null;
  const now = await watch.guard(capture(trainer.cursor));
  const better = new Map(best.tensors.map((entry) => [entry.name, entry]));
  const replaced = {
    ...now,
    weights: now.weights.map((entry) => better.get(entry.name) ?? entry),
    optimizer: now.optimizer.map((entry) => better.get(entry.name) ?? entry),
  };
  writeTensors(network, replaced.weights, replaced.optimizer);
  snapshots.keep(replaced);
  return { epoch: best.epoch, step: best.step };
}

/** The end of a training that is over: the best weights if they are wanted, and the rule if it was one. */
async function finish(context: LoopContext, rule: StopRule | null): Promise<void> {
  const restored = await restoreBest(context);
  const { cursor } = context.trainer;
  if (rule !== null) context.emit({ type: 'stopped', rule, epoch: cursor.epoch, step: cursor.step, restored });
}

/** Trains until halted, for so many steps, or to the end. Leaves a snapshot of where it ended, unless that went bad. */
export async function trainingLoop(context: LoopContext, limit: number): Promise<LoopEnd> {
  const { trainer, measurements, settings, history, halted, now, watch, snapshots, capture } = context;
  const end = () => endAt(trainer.cursor, history(), trainer.stepsPerEpoch, settings());
  let left = limit;
  measurements.begin(now());
  while (!halted() && left > 0 && end() === null) {
    const before = trainer.cursor.step;
    const result = await trainer.run(Math.min(left, stepsLeft(trainer.cursor, trainer.stepsPerEpoch, settings())), halted);
    left -= trainer.cursor.step - before;
    if (result.type === 'rule') {
      await finish(context, 'gradientNorm');
      return 'finished';
    }
    if (result.type === 'paused') continue;
    if (result.type === 'bad-number' || !(await endEpoch(context))) {
      await tellBadNumber(context);
      return 'paused';
    }
    measurements.begin(now());
  }
  const ended = end();
  if (ended !== null) await finish(context, ended === 'epochs' ? ruleAfterEpoch(history(), settings().stopping) : ended);
  if (snapshots.latest?.cursor.step !== trainer.cursor.step) snapshots.keep(await watch.guard(capture(trainer.cursor)));
  if (ended !== null) return 'finished';
  return halted() ? 'halted' : 'paused';
}
