/** Loss, accuracy and confusion of a network over a whole split, batch by batch on the device. */
import type { StateData } from '../devices/device';
import { labelShapeOf, type Split } from './dataset';
import { sizeOf } from '../graph/tensor';
import type { NetworkOnDevice } from './network-on-device';
import type { Evaluation } from './progress';
import { classWeightsOf } from './objective';
import { evaluationPlaces, evaluationProgram } from './programs';

const BATCH = 256;
/** So that other questions, and a pause, need not wait for the whole split. */
const BATCHES_IN_FLIGHT = 2;

/** Compiles the evaluation of a split, if it is not compiled yet. */
export function prepareEvaluation(network: NetworkOnDevice, split: Split) {
  return network.once(`evaluation.${split}`, async () => {
    const batch = Math.min(BATCH, Math.max(1, network.dataset.splits[split].count));
    const labelSize = sizeOf(labelShapeOf(network.dataset));
    const places = evaluationPlaces(split, batch, batch * labelSize);
    const state = network.createState(places.arenas);
    const executable = await network.compile(evaluationProgram(network.model, network.dataset, split, batch), [state]);
    return { batch, labelSize, places, state, executable };
  });
}

/** Evaluates with the weights as they are now, if nothing is trained meanwhile. `progress` gets the samples done so far. */
export async function evaluate(network: NetworkOnDevice, split: Split, progress?: (done: number) => void): Promise<Evaluation> {
  const { count, labels } = network.dataset.splits[split];
  const { batch, labelSize, places, state, executable } = await prepareEvaluation(network, split);
  const losses = new Float32Array(count);
  const predictions = new Int32Array(count * labelSize);
  const take = async (start: number, result: Promise<StateData>): Promise<void> => {
    const values = await result;
    const size = Math.min(batch, count - start);
    losses.set(values.subarray(0, size), start);
    predictions.set(values.subarray(places.predictions, places.predictions + size * labelSize), start * labelSize);
    progress?.(start + size);
  };
  const inFlight: Promise<void>[] = [];
  for (let start = 0; start < count; start += batch) {
    state.write(places.position, Int32Array.of(start));
    executable.run();
    inFlight.push(take(start, state.read(places.result)));
    if (inFlight.length >= BATCHES_IN_FLIGHT) await inFlight.shift();
  }
  await Promise.all(inFlight);
  if (network.model.objective.target.kind === 'values') {
    const loss = count === 0 ? 0 : losses.reduce((sum, value) => sum + value, 0) / count;
    return { split, loss, accuracy: NaN, count, confusion: [], predictions: new Int32Array(), losses };
  }
  return summarise(split, { labels, losses, predictions }, network.dataset.classes.length, classWeightsOf(network.model));
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
  };
}
