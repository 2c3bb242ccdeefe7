/**
 * The same network trained by Hebb on any device and by PyTorch: from the same weights, on the same batches. Gives both
 * series of losses and both sets of final weights; tests say how close they must be.
 */
import type { Device } from '../../devices/device';
import type { ModelDocument } from '../../graph/model-document';
import { unwrap } from '../../graph/problem';
import { defaultTrainingSettings, type TrainingSettings } from '../../graph/training-settings';
import { sizeOf } from '../../graph/tensor';
import { initialValues } from '../../initializers/registry';
import { nodesOf } from '../../layers/network';
import { uploadDataset } from '../../training/dataset-placement';
import { prepareModel, type Model } from '../../training/model';
import { shuffledOrder } from '../../training/permutation';
import { writeStatistics } from '../../training/preparation';
import { BUFFERS, WEIGHTS, join } from '../../training/placement';
import { modelArenas, trainingProgram } from '../../training/programs';
import { RING_COLUMNS, RING_STEPS, stepsPerEpochOf } from '../../training/states';
import { measureStatistics } from '../../training/statistics';
import { drawDataset, type DrawnData } from './drawn-dataset';
import { arrayMessage, runPython } from './python';

export interface ParityCase extends DrawnData {
  readonly settings: TrainingSettings;
  readonly steps: number;
}

export interface TrainingRecord {
  /** Of each step, before its update. */
  readonly losses: readonly number[];
  /** After the last step, with buffers, by name. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

export const parityCase = (
  name: string,
  document: ModelDocument,
  settings: Partial<TrainingSettings>,
  { samples = 40, classes = 10, targets = 0, steps = 100 }: Partial<Pick<ParityCase, 'samples' | 'classes' | 'targets' | 'steps'>> = {},
): ParityCase => ({
  name,
  document,
  settings: { ...defaultTrainingSettings, batchSize: 4, ...settings },
  samples,
  classes,
  targets,
  steps,
});

/** An order of the samples for each epoch; the batches divide the samples. */
export type Orders = (parity: ParityCase) => Int32Array[];

const countedByEpoch: Orders = ({ samples, steps, settings }) => {
  const stepsPerEpoch = samples / settings.batchSize;
  if (!Number.isInteger(stepsPerEpoch)) throw new RangeError('The batch size does not divide the samples.');
  return Array.from({ length: Math.ceil(steps / stepsPerEpoch) }, (_, epoch) => shuffledOrder(samples, settings.seed, epoch));
};

/** Initial values of every weight, rounded to f32 so that they are the same in both precisions. */
export const initialWeights = ({ placement, settings }: Model): ReadonlyMap<string, Float64Array> =>
  new Map(
    placement.weights.map(({ name, specification: { initializer, shape } }) => [
      name,
      initialValues(initializer, shape, settings.seed, name).map(Math.fround),
    ]),
  );

export async function trainWithHebb(device: Device, parity: ParityCase, orders: Orders = countedByEpoch): Promise<TrainingRecord> {
  const { document, settings, steps, samples } = parity;
  const dataset = drawDataset(parity);
  const model = unwrap(prepareModel(document, settings, dataset));
  const placed = unwrap(uploadDataset(device, dataset, settings.batchSize));
  const state = device.createState(modelArenas(model, dataset));
  const executable = await device.compile(trainingProgram(model, placed, settings.batchSize), [state, placed.state]);
  const { placement } = model;
  const initial = initialWeights(model);
  const parameters = placement.weights.filter(({ reference }) => reference.arena === WEIGHTS);
  const buffers = placement.weights.filter(({ reference }) => reference.arena === BUFFERS);
  state.write(
    WEIGHTS,
    join(parameters, placement.parameterSize, ({ name }) => initial.get(name)),
  );
  state.write(
    BUFFERS,
    join(buffers, placement.bufferSize, ({ name }) => initial.get(name)),
  );
  state.write('learningRates', new Float64Array(stepsPerEpochOf(dataset, settings.batchSize)).fill(settings.learningRate));
  writeStatistics(state, model.preparation, await measureStatistics(dataset, model.preparation));
  state.write('seed', Int32Array.of(settings.seed, 0));

  let done = 0;
  for (const order of orders(parity)) {
    state.write('permutation', order);
    state.write('position', Int32Array.of(0));
    const count = Math.min(steps - done, samples / settings.batchSize);
    executable.run(count);
    done += count;
  }
  if (steps > RING_STEPS) throw new RangeError('The ring does not hold so many losses.');
  const ring = await state.read('metrics', 0, steps * RING_COLUMNS);
  const trained = { [WEIGHTS]: await state.read(WEIGHTS), [BUFFERS]: await state.read(BUFFERS) };
  executable.dispose();
  state.dispose();
  placed.state.dispose();
  return {
    losses: Array.from({ length: steps }, (_, step) => ring[step * RING_COLUMNS] ?? NaN),
    weights: Object.fromEntries(
      placement.weights.map(({ name, reference: { arena, offset, shape } }) => {
        const contents = arena === WEIGHTS ? trained[WEIGHTS] : trained[BUFFERS];
        return [name, Array.from(contents.subarray(offset, offset + sizeOf(shape)))];
      }),
    ),
  };
}

export async function trainWithPyTorch(parity: ParityCase, type: 'float32' | 'float64'): Promise<TrainingRecord> {
  const { document, settings, steps } = parity;
  const dataset = drawDataset(parity);
  const model = unwrap(prepareModel(document, settings, dataset));
  const { count, samples, labels } = dataset.splits.train;
  const initial = initialWeights(model);
  const batches = countedByEpoch(parity).flatMap((order) =>
    Array.from({ length: count / settings.batchSize }, (_, batch) =>
      Array.from(order.subarray(batch * settings.batchSize, (batch + 1) * settings.batchSize)),
    ),
  );
  const record = await runPython('training.py', {
    type,
    nodes: nodesOf(document).map(({ id, definition, parameters, inputs, inputShapes }) => {
      const { module, call } = definition.pytorch(inputShapes, parameters);
      const names = inputs.length === 0 ? ['x0'] : inputs.map((_, position) => `x${String(position)}`);
      return { id, inputs, module: module ?? null, call: call('module', names) };
    }),
    weights: Object.fromEntries(
      model.placement.weights.map(({ name, specification: { shape } }) => [name, arrayMessage(shape, initial.get(name) ?? [])]),
    ),
    optimizer: model.optimizer.pytorch(model.optimizerParameters),
    loss: model.loss.pytorch(model.lossParameters, model.outputShape, model.objective.target, 'mean'),
    learningRate: settings.learningRate,
    weightDecay: settings.weightDecay,
    samples: arrayMessage([count, ...dataset.sampleShape], samples),
    tokens: dataset.sampleType === 'i32',
    labels: arrayMessage([count, ...(dataset.labelShape ?? [])], labels),
    target: settings.target,
    batches: batches.slice(0, steps),
  });
  // The script prints a record of this form.
  return record as TrainingRecord;
}

/** |a − b| / |b| of each step. */
export const lossCurve = (actual: TrainingRecord, expected: TrainingRecord): number[] =>
  expected.losses.map((loss, step) => Math.abs((actual.losses[step] ?? NaN) - loss) / Math.abs(loss));

const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const differences = (name: string, values: readonly number[], { weights }: TrainingRecord) =>
  values.map((value, index) => (weights[name]?.[index] ?? NaN) - value);

/** For each weight ‖a − b‖ / ‖b‖ (Euclidean), the greatest of all: strict on small biases too. */
export const weightDeviation = (actual: TrainingRecord, expected: TrainingRecord): number =>
  Math.max(...Object.entries(expected.weights).map(([name, values]) => norm(differences(name, values, actual)) / norm(values)));

/** ‖a − b‖ / ‖b‖ of all weights as one vector. */
export const totalWeightDeviation = (actual: TrainingRecord, expected: TrainingRecord): number =>
  norm(Object.entries(expected.weights).map(([name, values]) => norm(differences(name, values, actual)))) /
  norm(Object.values(expected.weights).map(norm));
