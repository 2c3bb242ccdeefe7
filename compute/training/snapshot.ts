/**
 * All that determines the rest of a training, as named tensors and numbers: taken from a device and put back to the bit.
 * It knows no files; names are those that files use.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, sameShape, type Shape } from '../graph/tensor';
import type { SafetensorsEntry } from '../graph/safetensors';
import { initialValues } from '../initializers/registry';
import type { NetworkOnDevice } from './network-on-device';
import type { EpochRecord } from './history';
import type { Model } from './model';
import type { Statistics } from './statistics';
import type { WindowLayout } from './windows';
import { stepState } from './states';
import { AVERAGED, BUFFERS, WEIGHTS, isTrainable, join, optimizerArena, split, type PlacedWeight } from './placement';

/** The next step to take. Random numbers and the order of samples follow from the seed and `step`. */
export interface Cursor {
  readonly epoch: number;
  readonly stepInEpoch: number;
  readonly step: number;
}

export const START: Cursor = { epoch: 0, stepInEpoch: 0, step: 0 };

/** What is kept of the best epoch so far: its weights and buffers, and the averages of weights by `<slot>.<name>`. */
export interface BestEpoch {
  readonly epoch: number;
  readonly step: number;
  readonly tensors: readonly SafetensorsEntry[];
}

export interface Snapshot {
  readonly cursor: Cursor;
  readonly model: Model;
  /** Weights and buffers, by `<node>.<weight>`. */
  readonly weights: readonly SafetensorsEntry[];
  /** Optimizer slots, by `<slot>.<node>.<weight>`. */
  readonly optimizer: readonly SafetensorsEntry[];
  /** What the finished epochs of this training measured. */
  readonly history: readonly EpochRecord[];
  /** Null where nothing asks for it, or no epoch has ended. */
  readonly best: BestEpoch | null;
  /** Of the training split, with which samples are prepared. */
  readonly statistics: Statistics;
  /** How the training split was brought to the device, on which the order of its samples depends; null where all of it lay there. */
  readonly layout: WindowLayout | null;
}

/** Those that training moves; all others lie among the buffers. */
const parametersOf = ({ placement }: Model): PlacedWeight[] => placement.weights.filter(isTrainable);
const buffersOf = ({ placement }: Model): PlacedWeight[] => placement.weights.filter((weight) => !isTrainable(weight));

/**
 * First weights: those that were given, by name and shape, the others from the seed of the settings, rounded to f32 so that every
 * device starts from the same numbers.
 */
export const initialWeights = ({ placement, settings, given }: Model): SafetensorsEntry[] =>
  placement.weights.map(({ name, specification: { shape, initializer } }) => {
    const entry = given?.tensors.get(name);
    return entry !== undefined && sameShape(entry.shape, shape)
      ? entry
      : { name, shape, data: Float32Array.from(initialValues(initializer, shape, settings.seed, name)) };
  });

export const initialSnapshot = (model: Model, statistics: Statistics): Snapshot => ({
  cursor: START,
  model,
  weights: initialWeights(model),
  optimizer: [],
  history: [],
  best: null,
  statistics,
  layout: null,
});

/**
 * Reads everything as it is after the work queued so far; `cursor` is the position after that work, or after less of it where
 * the device refused steps at its end.
 */
export async function takeSnapshot(
  { model, state }: NetworkOnDevice,
  cursor: Cursor,
): Promise<Omit<Snapshot, 'history' | 'best' | 'statistics' | 'layout'>> {
  const { slots } = model;
  // All reads are queued before anything is awaited: nothing can come between them.
  const [steps, weights, buffers, ...slotContents] = await Promise.all([
    state.read(stepState.arena),
    state.read(WEIGHTS),
    state.read(BUFFERS),
    ...slots.map((slot) => state.read(optimizerArena(slot))),
  ]);
  const parameters = parametersOf(model);
  const refused = cursor.step - (steps[0] ?? cursor.step);
  return {
    cursor: { ...cursor, stepInEpoch: cursor.stepInEpoch - refused, step: cursor.step - refused },
    model,
    weights: [...split(parameters, weights, ({ name }) => name), ...split(buffersOf(model), buffers, ({ name }) => name)],
    optimizer: slots.flatMap((slot, index) => {
      const contents = slotContents[index];
      return contents === undefined ? [] : split(parameters, contents, ({ name }) => `${slot}.${name}`);
    }),
  };
}

/** What is put back should this have been the best epoch: not the optimizer's own slots, which go on from where they are. */
export const bestOf = ({ cursor: { epoch, step }, weights, optimizer }: Snapshot): BestEpoch => ({
  epoch,
  step,
  tensors: [...weights, ...optimizer.filter(({ name }) => name.startsWith(`${AVERAGED}.`))],
});

const misshapen = (name: string, expected: Shape, actual: Shape) =>
  failure('checkpoint.weight-shape', { name, expected: formatShape(expected), actual: formatShape(actual) });

/**
 * Whether the tensors are exactly the weights of the network, and those of its optimizer's slots that are there fit them.
 * Problems: `checkpoint.weight-missing`, `.weight-shape`, `.weight-unknown`.
 */
export function checkTensors(model: Model, weights: readonly SafetensorsEntry[], optimizer: readonly SafetensorsEntry[]): Outcome<true> {
  const given = new Map(weights.map((entry) => [entry.name, entry]));
  for (const { name, specification } of model.placement.weights) {
    const entry = given.get(name);
    if (entry === undefined) return failure('checkpoint.weight-missing', { name });
    if (!sameShape(entry.shape, specification.shape)) return misshapen(name, specification.shape, entry.shape);
    given.delete(name);
  }
  const [unknown] = given.keys();
  if (unknown !== undefined) return failure('checkpoint.weight-unknown', { name: unknown });
  const slots = new Map(optimizer.map(({ name, shape }) => [name, shape]));
  for (const { name, specification } of parametersOf(model)) {
    for (const slot of model.slots) {
      const shape = slots.get(`${slot}.${name}`);
      if (shape !== undefined && !sameShape(shape, specification.shape)) return misshapen(`${slot}.${name}`, specification.shape, shape);
    }
  }
  return success(true);
}

/** Writes weights and optimizer slots; what is missing becomes 0. The position is the trainer's to write. */
export function writeTensors(
  { model, state }: NetworkOnDevice,
  weights: readonly SafetensorsEntry[],
  optimizer: readonly SafetensorsEntry[],
): void {
  const { parameterSize, bufferSize } = model.placement;
  const find = new Map(weights.map(({ name, data }) => [name, data]));
  const parameters = parametersOf(model);
  const slots = new Map(optimizer.map(({ name, data }) => [name, data]));
  state.write(
    WEIGHTS,
    join(parameters, parameterSize, ({ name }) => find.get(name)),
  );
  state.write(
    BUFFERS,
    join(buffersOf(model), bufferSize, ({ name }) => find.get(name)),
  );
  for (const slot of model.slots) {
    state.write(
      optimizerArena(slot),
      // An average begins with the weights themselves.
      join(parameters, parameterSize, ({ name }) => slots.get(`${slot}.${name}`) ?? (slot === AVERAGED ? find.get(name) : undefined)),
    );
  }
}

/** What of an older training goes over to a changed network: tensors of the same name and shape. */
export function carryOver(
  from: Snapshot,
  to: Model,
): {
  readonly weights: SafetensorsEntry[];
  readonly optimizer: readonly SafetensorsEntry[];
  readonly kept: number;
  readonly complete: boolean;
} {
  const old = new Map(from.weights.map((entry) => [entry.name, entry]));
  let kept = 0;
  const weights = initialWeights(to).map((entry) => {
    const before = old.get(entry.name);
    if (before === undefined || !sameShape(before.shape, entry.shape)) return entry;
    kept++;
    return before;
  });
  const shapes = new Map(to.placement.weights.map(({ name, specification }) => [name, specification.shape]));
  const fits = ({ name, shape }: SafetensorsEntry): boolean => {
    const expected = shapes.get(name.slice(name.indexOf('.') + 1));
    return expected !== undefined && sameShape(expected, shape);
  };
  const sameOptimizer = from.model.optimizer.kind === to.optimizer.kind;
  return {
    weights,
    optimizer: sameOptimizer ? from.optimizer.filter(fits) : [],
    kept,
    complete: kept === weights.length && kept === old.size,
  };
}

/** Whether a position within an epoch means the same samples under both settings. */
export const sameOrder = (a: Model, b: Model): boolean =>
  a.settings.seed === b.settings.seed && a.settings.batchSize === b.settings.batchSize && a.settings.order === b.settings.order;
