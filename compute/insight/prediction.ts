/** What a network says to samples that are given to it: probabilities, for one sample or a batch. */
import type { Tensor } from '../graph/tensor';
import { sizeOf, type Shape } from '../graph/tensor';
import { readState, type Arena, type Program, type StateReference } from '../plan/program';
import { forward, type Model } from '../training/model';
import type { NetworkOnDevice } from '../training/network-on-device';

export interface Prediction {
  /** Of each class; what the loss makes of the network's output. */
  readonly probabilities: Float32Array;
  /** The first class of the greatest probability. */
  readonly predicted: number;
}

/** Where programs on given samples find them: f32 [batch, …]. */
export const sampleState = (sampleShape: Shape, batch: number): StateReference => ({
  arena: 'sample',
  offset: 0,
  shape: [batch, ...sampleShape],
  type: 'f32',
});

export const arenaOf = ({ arena, shape, type }: StateReference): Arena => ({ name: arena, type, size: sizeOf(shape) });

const probabilitiesOf = (model: Model, sample: Tensor): Tensor => model.loss.probabilities(forward(model, 'evaluate', sample).output);

/** Reads the arena `sample` and leaves the probabilities, f32 [batch, classes], in `probabilities`. */
export function predictionProgram(
  model: Model,
  sampleShape: Shape,
  batch: number,
): { readonly program: Program; readonly result: StateReference } {
  const value = probabilitiesOf(model, readState(sampleState(sampleShape, batch)));
  const result: StateReference = { arena: 'probabilities', offset: 0, shape: value.shape, type: 'f32' };
  return { program: { name: `predict-${String(batch)}`, phases: [{ assignments: [{ target: result, value }] }] }, result };
}

/** Cuts probabilities [count, classes] into predictions. */
export function toPredictions(values: ArrayLike<number>, count: number, classes: number): Prediction[] {
  return Array.from({ length: count }, (_, row) => {
    const probabilities = Float32Array.from({ length: classes }, (__, index) => values[row * classes + index] ?? 0);
    return { probabilities, predicted: probabilities.indexOf(Math.max(...probabilities)) };
  });
}

function preparePrediction(network: NetworkOnDevice) {
  return network.once('prediction', async () => {
    const { sampleShape } = network.dataset;
    const { program, result } = predictionProgram(network.model, sampleShape, 1);
    const state = network.createState([arenaOf(sampleState(sampleShape, 1)), arenaOf(result)]);
    return { state, executable: await network.compile(program, [state]), classes: sizeOf(result.shape) };
  });
}

/** `values`: one sample as the network takes it, row-major. */
export async function predict(network: NetworkOnDevice, values: Float32Array): Promise<Prediction> {
  const { state, executable, classes } = await preparePrediction(network);
  state.write('sample', values);
  executable.run();
  const [prediction] = toPredictions(await state.read('probabilities'), 1, classes);
  if (prediction === undefined) throw new RangeError('a prediction of no sample');
  return prediction;
}
