/** A snapshot as files: two of safetensors and a state in JSON. It knows no disk; names inside are PyTorch's. */
import type { DeviceDescription } from '../devices/device';
import type { ModelDocument } from '../graph/model-document';
import { ProblemError, failure, success, type Outcome } from '../graph/problem';
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from '../graph/safetensors';
import type { TrainingSettings } from '../graph/training-settings';
import type { TrainingPosition } from './progress';
import type { EpochRecord } from './history';
import { AVERAGED } from './placement';
import type { BestEpoch, Snapshot } from './snapshot';
import type { Statistics } from './statistics';
import type { WindowLayout } from './windows';

/** A point to go on from: with the tensors, everything that determines the rest of the run. */
export interface CheckpointState {
  readonly version: 1;
  readonly position: TrainingPosition;
  readonly seed: number;
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  readonly device: DeviceDescription;
  /** What the epochs so far measured, for schedules and rules that look at it. Earlier versions of Hebb did not write it. */
  readonly history?: readonly EpochRecord[];
  /** The best epoch so far, whose tensors lie in the optimizer's file. */
  readonly best?: Pick<BestEpoch, 'epoch' | 'step'> | null;
  /** Of the training split, with which samples are prepared; an export must prepare them alike. Earlier versions did not write it. */
  readonly statistics?: Statistics;
  /** How the samples were brought to the device; null or absent where all lay there. */
  readonly layout?: WindowLayout | null;
  /** Which given weights the training began with; absent where it began with drawn ones. */
  readonly given?: string;
}

export interface CheckpointFiles {
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly optimizer: Uint8Array<ArrayBuffer>;
}

/** Names within the optimizer's file: weights as they are trained where averages stand for them, and what is kept of the best epoch. */
const RAW = 'raw_weight.';
const BEST = 'best/';
const AVERAGE = `${AVERAGED}.`;

const renamed = (entry: SafetensorsEntry, name: string): SafetensorsEntry => ({ ...entry, name });
const withPrefix = (entries: readonly SafetensorsEntry[], prefix: string): SafetensorsEntry[] =>
  entries.filter(({ name }) => name.startsWith(prefix)).map((entry) => renamed(entry, entry.name.slice(prefix.length)));

/** The entries with those in their place that have the same name. */
function replaced(entries: readonly SafetensorsEntry[], by: readonly SafetensorsEntry[]): SafetensorsEntry[] {
  const others = new Map(by.map((entry) => [entry.name, entry]));
  return entries.map((entry) => others.get(entry.name) ?? entry);
}

/** The weights and buffers that are evaluated and exported: where weights are averaged, the averages. */
export const evaluatedWeights = ({ weights, optimizer }: Pick<Snapshot, 'weights' | 'optimizer'>): SafetensorsEntry[] =>
  replaced(weights, withPrefix(optimizer, AVERAGE));

/**
 * The same snapshot gives the same bytes. The file of weights holds those that are evaluated; where they are averages, the weights
 * as they are trained lie in the optimizer's file.
 */
export function encodeCheckpoint({ weights, optimizer, best }: Pick<Snapshot, 'weights' | 'optimizer' | 'best'>): CheckpointFiles {
  const names = new Set(withPrefix(optimizer, AVERAGE).map(({ name }) => name));
  const raw = weights.filter(({ name }) => names.has(name)).map((entry) => renamed(entry, RAW + entry.name));
  const slots = optimizer.filter(({ name }) => !name.startsWith(AVERAGE));
  const kept = (best?.tensors ?? []).map((entry) => renamed(entry, BEST + entry.name));
  return {
    weights: encodeSafetensors(evaluatedWeights({ weights, optimizer }), { format: 'pt' }),
    optimizer: encodeSafetensors([...slots, ...raw, ...kept], { format: 'pt' }),
  };
}

/** Problems: `safetensors.*`. */
export function decodeCheckpoint({
  weights,
  optimizer,
}: {
  readonly weights: Uint8Array;
  readonly optimizer: Uint8Array;
}): Outcome<Pick<Snapshot, 'weights' | 'optimizer'> & { readonly bestTensors: BestEpoch['tensors'] }> {
  const first = decodeSafetensors(weights);
  if (!first.ok) return first;
  const second = decodeSafetensors(optimizer);
  if (!second.ok) return second;
  const raw = withPrefix(second.value.tensors, RAW);
  const names = new Set(raw.map(({ name }) => name));
  const averages = first.value.tensors.filter(({ name }) => names.has(name)).map((entry) => renamed(entry, AVERAGE + entry.name));
  const slots = second.value.tensors.filter(({ name }) => !name.startsWith(RAW) && !name.startsWith(BEST));
  return success({
    weights: replaced(first.value.tensors, raw),
    optimizer: [...slots, ...averages],
    bestTensors: withPrefix(second.value.tensors, BEST),
  });
}

export function checkpointState(
  { cursor, model, history, best, statistics, layout }: Snapshot,
  stepsPerEpoch: number,
  device: DeviceDescription,
): CheckpointState {
  const { document, settings } = model;
  return {
    version: 1,
    position: { ...cursor, epochs: settings.epochs, stepsPerEpoch },
    seed: settings.seed,
    document,
    settings,
    device,
    history,
    best: best === null ? null : { epoch: best.epoch, step: best.step },
    statistics,
    layout,
    ...(model.given === undefined ? {} : { given: model.given.id }),
  };
}

/** The state of another version of Hebb, or a damaged one, is refused before anything is changed. Problem: `checkpoint.state`. */
export function cursorOf({ version, position: { epoch, stepInEpoch, step } }: CheckpointState): Snapshot['cursor'] {
  const whole = [epoch, stepInEpoch, step].every((count) => Number.isSafeInteger(count) && count >= 0);
  // It was a file: the type is what it should be.
  if ((version as number) !== 1 || !whole || stepInEpoch > step) throw new ProblemError(failure('checkpoint.state').problem);
  return { epoch, stepInEpoch, step };
}
