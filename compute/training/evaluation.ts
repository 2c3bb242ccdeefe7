/** Loss, accuracy and confusion, or how far numbers are off, of a network over a whole split, batch by batch on the device. */
import type { StateData } from '../devices/device';
import { labelShapeOf, type Split } from './dataset';
import { readPart } from './dataset-placement';
import { ProblemError } from '../graph/problem';
import { sizeOf } from '../graph/tensor';
import type { NetworkOnDevice } from './network-on-device';
import type { Evaluation, Regression } from './progress';
import { classWeightsOf, hasTargets } from './objective';
import { evaluationPlaces, evaluationProgram } from './programs';

const BATCH = 256;
/** So that other questions, and a pause, need not wait for the whole split. */
const BATCHES_IN_FLIGHT = 2;

const isOutOfMemory = (error: unknown): boolean => error instanceof ProblemError && error.problem.code === 'device.out-of-memory';

async function compileEvaluation(network: NetworkOnDevice, split: Split, batch: number) {
  const { dataset, placed, model } = network;
  const labelSize = sizeOf(labelShapeOf(dataset));
  const places = evaluationPlaces(split, batch, batch * labelSize);
  const state = network.createState(places.arenas);
  const executable = await network.compile(evaluationProgram(model, placed, split, batch), [state]);
  return { batch, labelSize, places, state, executable };
}

/**
 * Compiles the evaluation of a split, if it is not compiled yet: as many samples at once as there is memory for. Problem:
 * `device.out-of-memory` where not even one fits.
 */
export function prepareEvaluation(network: NetworkOnDevice, split: Split) {
  return network.once(`evaluation.${split}`, async () => {
    const { dataset, placed } = network;
    let batch = Math.min(BATCH, Math.max(1, Math.min(dataset.splits[split].count, placed.evaluation(split).rows)));
    for (; ; batch = Math.ceil(batch / 2)) {
      try {
        return await compileEvaluation(network, split, batch);
      } catch (error) {
        if (batch === 1 || !isOutOfMemory(error)) throw error;
      }
    }
  });
}

/** Samples that lie on the device from row 0 on. */
interface Part {
  readonly first: number;
  readonly count: number;
}

/** The split in parts that are on the device when their turn comes: all of it at once, or as many samples as there is room for. */
async function* partsOf({ dataset, placed }: NetworkOnDevice, split: Split): AsyncGenerator<Part> {
  const { count } = dataset.splits[split];
  if (placed.layout === null) {
    yield { first: 0, count };
    return;
  }
  const { arena, rows } = placed.evaluation(split);
  const read = (first: number) => {
    const reading = first < count ? readPart(dataset, split, first, Math.min(rows, count - first)) : null;
    // A failure is heard when its turn comes.
    reading?.catch(() => undefined);
    return reading;
  };
  let next = read(0);
  for (let first = 0; next !== null; first += rows) {
    const part = await next;
    next = read(first + rows);
    // Queued behind the batches of the part before.
    placed.state.write(`${arena}.samples`, part.samples);
    placed.state.write(`${arena}.labels`, part.labels);
    yield { first, count: Math.min(rows, count - first) };
  }
}

/** Evaluates with the weights as they are now, if nothing is trained meanwhile. `progress` gets the samples done so far. */
export async function evaluate(network: NetworkOnDevice, split: Split, progress?: (done: number) => void): Promise<Evaluation> {
  const { model, dataset } = network;
  const { count, labels } = dataset.splits[split];
  const { batch, labelSize, places, state, executable } = await prepareEvaluation(network, split);
  const losses = new Float32Array(count);
  const told = new Float32Array(count * labelSize);
  const take = async (start: number, size: number, result: Promise<StateData>): Promise<void> => {
    const values = await result;
    losses.set(values.subarray(0, size), start);
    told.set(values.subarray(places.predictions, places.predictions + size * labelSize), start * labelSize);
    progress?.(start + size);
  };
  const inFlight: Promise<void>[] = [];
  for await (const part of partsOf(network, split)) {
    for (let start = 0; start < part.count; start += batch) {
      state.write(places.position, Int32Array.of(start));
      executable.run();
      inFlight.push(take(part.first + start, Math.min(batch, part.count - start), state.read(places.result)));
      if (inFlight.length >= BATCHES_IN_FLIGHT) await inFlight.shift();
    }
  }
  await Promise.all(inFlight);
  if (model.objective.target.kind === 'class')
    return summarise(split, { labels, losses, predictions: Int32Array.from(told) }, dataset.classes.length, classWeightsOf(model));
  const loss = count === 0 ? 0 : losses.reduce((sum, value) => sum + value, 0) / count;
  const regression = hasTargets(model) ? regressionOf(labels, told, dataset.targetNames ?? []) : null;
  return { split, loss, accuracy: NaN, count, confusion: [], predictions: new Int32Array(), losses, regression };
}

/** Targets and estimates stand sample after sample, a number for each name. Measures are 0 where there are no samples, `r2` NaN. */
export function regressionOf(targets: ArrayLike<number>, estimates: Float32Array, names: readonly string[]): Regression {
  const size = names.length;
  const count = estimates.length / Math.max(1, size);
  const each = names.map((name, column) => {
    let sum = 0;
    let distance = 0;
    for (let row = column; row < estimates.length; row += size) {
      sum += targets[row] ?? 0;
      distance += Math.abs((targets[row] ?? 0) - (estimates[row] ?? 0));
    }
    const mean = sum / count;
    let [left, all] = [0, 0];
    for (let row = column; row < estimates.length; row += size) {
      left += ((targets[row] ?? 0) - (estimates[row] ?? 0)) ** 2;
      all += ((targets[row] ?? 0) - mean) ** 2;
    }
    return { name, meanAbsoluteError: count === 0 ? 0 : distance / count, r2: all > 0 ? 1 - left / all : NaN };
  });
  const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    meanAbsoluteError: meanOf(each.map(({ meanAbsoluteError }) => meanAbsoluteError)),
    r2: meanOf(each.map(({ r2 }) => r2)),
    targets: each,
    estimates,
  };
}

interface Evaluated {
  /** One a sample, or one a position of each sample, as the predictions. */
  readonly labels: Int32Array | Float32Array;
  readonly predictions: Int32Array;
  /** One a sample. */
  readonly losses: Float32Array;
}

function weightOf(labels: Iterable<number>, classWeights: readonly number[]): number {
  let sum = 0;
  for (const label of labels) sum += classWeights[label] ?? 0;
  return sum;
}

/** Means are 0 for a split without samples. The loss is weighted as that of a batch is: `classWeights` may be empty. */
export function summarise(
  split: Split,
  { labels, losses, predictions }: Evaluated,
  classes: number,
  classWeights: readonly number[],
): Evaluation {
  const count = losses.length;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let correct = 0;
  labels.forEach((label, index) => {
    const predicted = predictions[index] ?? 0;
    const row = confusion[label];
    // A network with more outputs than there are classes may predict one that has no column: it is wrong, and no cell is its own.
    if (row?.[predicted] !== undefined) row[predicted]++;
    if (predicted === label) correct++;
  });
  const total = losses.reduce((sum, loss) => sum + loss, 0);
  const weight = classWeights.length === 0 ? labels.length : weightOf(labels, classWeights);
  return {
    split,
    // A sample's loss is the mean over its positions.
    loss: count === 0 ? 0 : (total * labels.length) / count / weight,
    accuracy: count === 0 ? 0 : correct / labels.length,
    count,
    confusion,
    predictions,
    losses,
    regression: null,
  };
}
