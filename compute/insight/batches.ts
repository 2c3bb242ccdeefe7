/** What a network says to many samples of a split: predictions, and the output of one layer, batch by batch. */
import { ProblemError } from '../graph/problem';
import { philox } from '../graph/philox';
import { sizeOf, type Shape } from '../graph/tensor';
import { cast } from '../ops/cast.op';
import { readState, type StateReference } from '../plan/program';
import { labelShapeOf, readSamples, type Split } from '../training/dataset';
import { forward } from '../training/model';
import type { NetworkOnDevice } from '../training/network-on-device';
import { arenaOf, predictionProgram, sampleState, writeSample } from './prediction';

const BATCH = 64;
/** So that other questions need not wait for all of them. */
const BATCHES_IN_FLIGHT = 2;

export interface SplitPredictions {
  /** The first class of the greatest probability, of each sample. */
  readonly predicted: Int32Array;
  /** Its probability. */
  readonly confidence: Float32Array;
}

export interface SplitActivations {
  /** Of one sample's output. */
  readonly shape: Shape;
  /** Numbers a sample: the size of the output, or fewer where it was sketched. */
  readonly width: number;
  /** [samples, width], row-major. */
  readonly data: Float32Array;
}

/** Samples of the split, `BATCH` at a time, the last ones repeated to a whole batch; `take` gets what the device wrote for each. */
async function inBatches(
  network: NetworkOnDevice,
  { split, indices }: { readonly split: Split; readonly indices: Uint32Array },
  place: { readonly write: (values: Float32Array) => void; readonly run: () => void; readonly read: () => Promise<ArrayLike<number>> },
  take: (first: number, count: number, values: ArrayLike<number>) => void,
): Promise<void> {
  const { dataset } = network;
  const { count } = dataset.splits[split];
  const size = sizeOf(dataset.sampleShape);
  const inFlight: Promise<void>[] = [];
  for (let first = 0; first < indices.length; first += BATCH) {
    const values = new Float32Array(BATCH * size);
    const wanted = Array.from({ length: BATCH }, (_, row) => indices[Math.min(first + row, indices.length - 1)] ?? 0);
    const beyond = wanted.find((index) => index >= count);
    if (beyond !== undefined) throw new ProblemError({ code: 'sample.index', values: { index: beyond, count }, severity: 'error' });
    (await readSamples(dataset, split, wanted)).forEach((sample, row) => {
      values.set(sample, row * size);
    });
    place.write(values);
    place.run();
    const taken = Math.min(BATCH, indices.length - first);
    inFlight.push(
      place.read().then((read) => {
        take(first, taken, read);
      }),
    );
    if (inFlight.length >= BATCHES_IN_FLIGHT) await inFlight.shift();
  }
  await Promise.all(inFlight);
}

/**
 * Of a network that tells classes apart, one prediction a sample. Problems: `insight.no-class` where samples have no class of
 * their own, `sample.index`.
 */
export async function predictMany(network: NetworkOnDevice, split: Split, indices: Uint32Array): Promise<SplitPredictions> {
  const { model, dataset } = network;
  if (model.objective.target.kind !== 'class' || labelShapeOf(dataset).length > 0)
    throw new ProblemError({ code: 'insight.no-class', values: { dataset: dataset.name }, severity: 'error' });
  const { state, executable, classes } = await network.once('predict-many', async () => {
    const { program, result } = predictionProgram(model, dataset, BATCH);
    const made = network.createState([arenaOf(sampleState(dataset, BATCH)), arenaOf(result)]);
    return { state: made, executable: await network.compile(program, [made]), classes: sizeOf(result.shape) / BATCH };
  });
  const predicted = new Int32Array(indices.length);
  const confidence = new Float32Array(indices.length);
  const place = {
    write: (values: Float32Array) => {
      writeSample(state, dataset, values);
    },
    run: () => {
      executable.run();
    },
    read: () => state.read('probabilities'),
  };
  await inBatches(network, { split, indices }, place, (first, count, values) => {
    for (let row = 0; row < count; row++) {
      let best = 0;
      for (let index = 1; index < classes; index++)
        if ((values[row * classes + index] ?? 0) > (values[row * classes + best] ?? 0)) best = index;
      predicted[first + row] = best;
      confidence[first + row] = values[row * classes + best] ?? NaN;
    }
  });
  return { predicted, confidence };
}

/**
 * The output of a node for each of the samples. Outputs of more than `most` numbers are sketched: each number is added, with a
 * random sign, to one of `most`, which keeps distances but for noise of about 1/√most (Weinberger et al., Feature Hashing,
 * ICML 2009). Problems: `insight.unknown-node`, `sample.index`.
 */
export async function activationsOf(
  network: NetworkOnDevice,
  split: Split,
  indices: Uint32Array,
  node: string,
  most = Infinity,
): Promise<SplitActivations> {
  const { dataset, model } = network;
  const { state, executable, shape } = await network.once(`activations.${node}`, async () => {
    const input = sampleState(dataset, BATCH);
    const value = forward(model, 'evaluate', readState(input)).activations.get(node);
    if (value === undefined) throw new ProblemError({ code: 'insight.unknown-node', values: { node }, severity: 'error' });
    const target: StateReference = { arena: 'outputs', offset: 0, shape: value.shape, type: 'f32' };
    const made = network.createState([arenaOf(input), arenaOf(target)]);
    const program = {
      name: `activations-${node}`,
      phases: [{ assignments: [{ target, value: value.type === 'f32' ? value : cast(value, 'f32') }] }],
    };
    return { state: made, executable: await network.compile(program, [made]), shape: value.shape.slice(1) };
  });
  const size = sizeOf(shape);
  const width = Math.min(size, most);
  const sketch = size > most ? sketchOf(size, most) : null;
  const data = new Float32Array(indices.length * width);
  const place = {
    write: (values: Float32Array) => {
      writeSample(state, dataset, values);
    },
    run: () => {
      executable.run();
    },
    read: () => state.read('outputs'),
  };
  await inBatches(network, { split, indices }, place, (first, count, values) => {
    for (let row = 0; row < count; row++)
      for (let index = 0; index < size; index++) {
        const value = values[row * size + index] ?? 0;
        if (sketch === null) data[(first + row) * width + index] = value;
        else {
          const at = (first + row) * width + (sketch.buckets[index] ?? 0);
          data[at] = (data[at] ?? 0) + value * (sketch.signs[index] ?? 1);
        }
      }
  });
  return { shape, width, data };
}

/** To which of `most` places each number goes, and with which sign: the same for every call. */
function sketchOf(size: number, most: number): { readonly buckets: Uint32Array; readonly signs: Int8Array } {
  const words = new Uint32Array(4);
  const buckets = new Uint32Array(size);
  const signs = new Int8Array(size);
  for (let index = 0; index < size; index++) {
    philox(index, 0, 0, 0, 0x736b6574, 0, words);
    buckets[index] = (words[0] ?? 0) % most;
    signs[index] = ((words[1] ?? 0) & 1) === 0 ? 1 : -1;
  }
  return { buckets, signs };
}
