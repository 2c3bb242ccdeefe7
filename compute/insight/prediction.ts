/** What a network says to samples that are given to it: probabilities, for one sample or a batch. */
import type { Tensor } from '../graph/tensor';
import { sizeOf } from '../graph/tensor';
import type { DeviceState } from '../devices/device';
import { reshape } from '../ops/reshape.op';
import { readState, type Arena, type Program, type StateReference } from '../plan/program';
import { labelShapeOf, type Dataset } from '../training/dataset';
import { forward, type Model } from '../training/model';
import type { NetworkOnDevice } from '../training/network-on-device';

export interface Prediction {
  /** Of each class; what the loss makes of the network's output. */
  readonly probabilities: Float32Array;
  /** The first class of the greatest probability. */
  readonly predicted: number;
}

/** Where programs on given samples find them: [batch, …], f32 or tokens i32. */
export const sampleState = ({ sampleShape, vocabulary }: Dataset, batch: number): StateReference => ({
  arena: 'sample',
  offset: 0,
  shape: [batch, ...sampleShape],
  type: vocabulary === undefined ? 'f32' : 'i32',
});

/** Puts one sample, as the network takes it, where programs find it. */
export function writeSample(state: DeviceState, { vocabulary }: Dataset, values: Float32Array): void {
  state.write('sample', vocabulary === undefined ? values : Int32Array.from(values));
}

export const arenaOf = ({ arena, shape, type }: StateReference): Arena => ({ name: arena, type, size: sizeOf(shape) });

/** Of each position where labels are by position, those of one sample after another: [batch · positions, classes]. */
function probabilitiesOf(model: Model, dataset: Dataset, sample: Tensor): Tensor {
  const { output } = forward(model, 'evaluate', sample);
  const [batch = 1] = output.shape;
  const positions = labelShapeOf(dataset);
  return model.loss.probabilities(reshape(output, [batch * sizeOf(positions), ...output.shape.slice(1 + positions.length)]));
}

/** Reads the arena `sample` and leaves the probabilities, f32 [batch · positions, classes], in `probabilities`. */
export function predictionProgram(
  model: Model,
  dataset: Dataset,
  batch: number,
): { readonly program: Program; readonly result: StateReference } {
  const value = probabilitiesOf(model, dataset, readState(sampleState(dataset, batch)));
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
    const { program, result } = predictionProgram(network.model, network.dataset, 1);
    const state = network.createState([arenaOf(sampleState(network.dataset, 1)), arenaOf(result)]);
    const positions = sizeOf(labelShapeOf(network.dataset));
    return { state, executable: await network.compile(program, [state]), positions, classes: sizeOf(result.shape) / positions };
  });
}

/** `values`: one sample as the network takes it, row-major. One prediction where a sample has one class, else one a position, in order. */
export async function predict(network: NetworkOnDevice, values: Float32Array): Promise<readonly Prediction[]> {
  const { state, executable, positions, classes } = await preparePrediction(network);
  writeSample(state, network.dataset, values);
  executable.run();
  return toPredictions(await state.read('probabilities'), positions, classes);
}
