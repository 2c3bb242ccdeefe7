/** Which part of a sample an output depends on: the gradient of the output with respect to the sample (Simonyan et al., 2014). */
import { gradients } from '../autodiff/gradients';
import { ProblemError } from '../graph/problem';
import { sizeOf } from '../graph/tensor';
import { oneHot } from '../ops/classes';
import { multiply } from '../ops/multiply.op';
import { reshape } from '../ops/reshape.op';
import { sum } from '../ops/sum.op';
import { readState, type StateReference } from '../plan/program';
import type { Dataset } from '../training/dataset';
import { forward } from '../training/model';
import type { NetworkOnDevice } from '../training/network-on-device';
import { arenaOf, sampleState } from './prediction';

/** Throws the problem `insight.tokens` where samples are tokens: between two of them there is nothing, and so no gradient. */
export function requireNumbers({ name, vocabulary }: Dataset): void {
  if (vocabulary !== undefined) throw new ProblemError({ code: 'insight.tokens', values: { dataset: name }, severity: 'error' });
}

const unitState: StateReference = { arena: 'unit', offset: 0, shape: [1], type: 'i32' };

/** One program for all outputs: the unit is a state. */
function prepareSaliency(network: NetworkOnDevice) {
  return network.once('saliency', async () => {
    const { model, dataset } = network;
    const inputState = sampleState(dataset, 1);
    const input = readState(inputState);
    const { output } = forward(model, 'evaluate', input);
    const units = sizeOf(output.shape);
    const chosen = sum(multiply(reshape(output, [1, units]), oneHot(readState(unitState), units)));
    const [gradient] = gradients(chosen, [input]);
    if (gradient === undefined) throw new TypeError('no gradient of the input');
    const result: StateReference = { arena: 'saliency', offset: 0, shape: gradient.shape, type: 'f32' };
    const state = network.createState([arenaOf(inputState), arenaOf(unitState), arenaOf(result)]);
    const executable = await network.compile({ name: 'saliency', phases: [{ assignments: [{ target: result, value: gradient }] }] }, [
      state,
    ]);
    return { state, executable, units };
  });
}

/** ∂output[unit]/∂sample, row-major, of the sample's shape. The output is the network's own, before any softmax of the loss. Problems: `insight.unknown-unit`, `insight.tokens`. */
export async function saliency(network: NetworkOnDevice, values: Float32Array, unit: number): Promise<Float32Array> {
  requireNumbers(network.dataset);
  const { state, executable, units } = await prepareSaliency(network);
  if (!Number.isInteger(unit) || unit < 0 || unit >= units)
    throw new ProblemError({ code: 'insight.unknown-unit', values: { unit, units }, severity: 'error' });
  state.write('sample', values);
  state.write('unit', Int32Array.of(unit));
  executable.run();
  return Float32Array.from(await state.read('saliency'));
}
