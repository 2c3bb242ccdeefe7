/** Finds the first tensor that went bad: the step that was not taken is computed once more, and each tensor on its way is looked at. */
import type { Tensor } from '../graph/tensor';
import { max } from '../ops/max.op';
import { nonFinite } from '../ops/non-finite.op';
import { reshape } from '../ops/reshape.op';
import { ARENA_ALIGNMENT, type Assignment } from '../plan/program';
import { forward } from './model';
import type { NetworkOnDevice } from './network-on-device';
import { BUFFERS, GRADIENTS, WEIGHTS, isTrainable, optimizerArena, split, type PlacedWeight } from './placement';
import { nextBatch } from './programs';
import type { BadNumber } from './progress';
import type { SafetensorsEntry } from '../graph/safetensors';

export type Finding = Pick<BadNumber, 'what' | 'tensor' | 'node' | 'value'>;

/** 0: all finite; 1: an infinity is the worst; 2: NaN. */
const worstOf = (data: ArrayLike<number>): number => {
  let worst = 0;
  for (let index = 0; index < data.length; index++) {
    const value = data[index] ?? 0;
    if (Number.isNaN(value)) return 2;
    if (!Number.isFinite(value)) worst = 1;
  }
  return worst;
};

const valueOf = (worst: number): BadNumber['value'] => (worst === 2 ? 'NaN' : 'infinity');
const nodeOf = (name: string): string => name.slice(0, name.lastIndexOf('.'));

function firstBad(tensors: readonly SafetensorsEntry[], what: Finding['what'], nodeOfName: (name: string) => string): Finding | null {
  for (const { name, data } of tensors) {
    const worst = worstOf(data);
    if (worst > 0) return { what, tensor: name, node: nodeOfName(name), value: valueOf(worst) };
  }
  return null;
}

/** How bad the input and the output of each node are in the training pass over the next batch. */
async function activationsOf(
  network: NetworkOnDevice,
  batch: number,
): Promise<readonly { readonly node: string; readonly worst: number }[]> {
  const { model, placed } = network;
  const { samples } = nextBatch(model, placed, batch);
  const { activations } = forward(model, 'train', samples);
  const judged = [...activations].filter(([, { type }]) => type === 'f32');
  const badness = (tensor: Tensor): Tensor => reshape(max(nonFinite(tensor)), [1]);
  const assignments = judged.map(([, tensor], index): Assignment => ({
    target: { arena: 'badness', offset: index * ARENA_ALIGNMENT, shape: [1], type: 'f32' },
    value: badness(tensor),
  }));
  const state = network.createState([{ name: 'badness', type: 'f32', size: Math.max(1, judged.length) * ARENA_ALIGNMENT }]);
  const executable = await network.compile({ name: 'diagnosis', phases: [{ assignments }] }, [state]);
  executable.run();
  const found = await state.read('badness');
  executable.dispose();
  return judged.map(([node], index) => ({ node, worst: found[index * ARENA_ALIGNMENT] ?? 0 }));
}

/**
 * The first tensor with a number that is not finite, in the order of computation: weights, the samples, the output of each
 * layer, the loss, gradients (from the last layer to the first), optimizer slots, buffers. The device stands before the step,
 * of `batch` samples, that it did not take. The loss is blamed where nothing else is bad.
 */
export async function findBadNumber(network: NetworkOnDevice, batch: number): Promise<Finding> {
  const { model, state } = network;
  const parameters = model.placement.weights.filter(isTrainable);
  const frozen = model.placement.weights.filter((weight) => !isTrainable(weight) && weight.specification.role === 'parameter');
  const others = model.placement.weights.filter(({ specification: { role } }) => role === 'buffer');
  const [weights, buffers, slopes, loss, ...slots] = await Promise.all([
    state.read(WEIGHTS),
    state.read(BUFFERS),
    state.read(GRADIENTS),
    state.read('loss'),
    ...model.slots.map((slot) => state.read(optimizerArena(slot))),
  ]);
  const named = ({ name }: PlacedWeight): string => name;
  const places = new Map(model.placement.weights.map(({ name }, place) => [name, place]));
  const inOrder = [...split(parameters, weights, named), ...split(frozen, buffers, named)].sort(
    (a, b) => (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0),
  );
  const bad = firstBad(inOrder, 'weight', nodeOf);
  if (bad !== null) return bad;
  const activation = (await activationsOf(network, batch)).find(({ worst }) => worst > 0);
  if (activation !== undefined) {
    const { node, worst } = activation;
    return { what: node === model.analysis.input ? 'input' : 'activation', tensor: node, node, value: valueOf(worst) };
  }
  const worstLoss = worstOf(loss);
  if (worstLoss > 0) return { what: 'loss', tensor: '', node: null, value: valueOf(worstLoss) };
  return (
    firstBad(split(parameters, slopes, named).reverse(), 'gradient', nodeOf) ??
    model.slots
      .map((slot, index) =>
        firstBad(
          split(parameters, slots[index] ?? new Float32Array(), ({ name }) => `${slot}.${name}`),
          'optimizer',
          (name) => nodeOf(name.slice(slot.length + 1)),
        ),
      )
      .find((found) => found !== null) ??
    firstBad(split(others, buffers, named), 'buffer', nodeOf) ?? { what: 'loss', tensor: '', node: null, value: 'NaN' }
  );
}
