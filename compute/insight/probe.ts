/** What every layer of a network makes of one sample. */
import { ProblemError } from '../graph/problem';
import { sizeOf, type Shape } from '../graph/tensor';
import { cast } from '../ops/cast.op';
import { ARENA_ALIGNMENT, readState, type Assignment, type StateReference } from '../plan/program';
import { forward } from '../training/model';
import type { NetworkOnDevice } from '../training/network-on-device';
import { arenaOf, sampleState, writeSample } from './prediction';

export interface Activation {
  readonly node: string;
  /** Without the batch axis. */
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** One program for all nodes: which of them is looked at changes faster than a program compiles. */
function prepareProbe(network: NetworkOnDevice) {
  return network.once('probe', async () => {
    const { model, dataset } = network;
    const input = sampleState(dataset, 1);
    const { activations } = forward(model, 'evaluate', readState(input));
    const places = new Map<string, StateReference>();
    const assignments: Assignment[] = [];
    let end = 0;
    for (const [node, value] of activations) {
      const target: StateReference = { arena: 'activations', offset: end, shape: value.shape, type: 'f32' };
      end += Math.ceil(sizeOf(value.shape) / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;
      places.set(node, target);
      assignments.push({ target, value: value.type === 'f32' ? value : cast(value, 'f32') });
    }
    const state = network.createState([arenaOf(input), { name: 'activations', type: 'f32', size: Math.max(ARENA_ALIGNMENT, end) }]);
    const executable = await network.compile({ name: 'probe', phases: [{ assignments }] }, [state]);
    return { places, state, executable };
  });
}

/** The outputs of these nodes for one sample. Problem: `insight.unknown-node`. */
export async function probe(network: NetworkOnDevice, values: Float32Array, nodes: readonly string[]): Promise<Activation[]> {
  const { places, state, executable } = await prepareProbe(network);
  const wanted = nodes.map((node) => {
    const place = places.get(node);
    if (place === undefined) throw new ProblemError({ code: 'insight.unknown-node', values: { node }, severity: 'error' });
    return { node, place };
  });
  writeSample(state, network.dataset, values);
  executable.run();
  // All reads are queued before the first is awaited: another probe cannot come between.
  return Promise.all(
    wanted.map(async ({ node, place: { offset, shape } }) => ({
      node,
      shape: shape.slice(1),
      data: Float32Array.from(await state.read('activations', offset, sizeOf(shape))),
    })),
  );
}
