/**
 * Where the weights of a network lie on a device: all trainable ones in one arena, so that an optimizer updates them as one
 * tensor; gradients and optimizer slots in arenas of the same layout; buffers in an arena of their own.
 */
import { ARENA_ALIGNMENT, type StateReference } from '../plan/program';
import { sizeOf } from '../graph/tensor';
import type { NetworkWeight } from '../layers/network';
import type { StateData } from '../devices/device';
import type { SafetensorsEntry } from '../graph/safetensors';

export const WEIGHTS = 'weights';
export const BUFFERS = 'buffers';
export const GRADIENTS = 'gradients';
/** Slots beside the optimizer's own: the mean gradient of the batches since the last update, and the average of the weights. */
export const ACCUMULATED = 'accumulated_gradient';
export const AVERAGED = 'averaged_weight';
export const optimizerArena = (slot: string): string => `optimizer.${slot}`;

export interface PlacedWeight extends NetworkWeight {
  /** In `weights` or `buffers`. */
  readonly reference: StateReference;
}

export interface Placement {
  readonly weights: readonly PlacedWeight[];
  /** Elements of `weights`, of `gradients` and of each optimizer slot; unused ones are 0 and stay so. */
  readonly parameterSize: number;
  readonly bufferSize: number;
}

const aligned = (size: number): number => Math.ceil(size / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;

export function placeWeights(named: readonly NetworkWeight[]): Placement {
  const ends = { parameter: 0, buffer: 0 };
  const weights = named.map((weight): PlacedWeight => {
    const { role: own, shape } = weight.specification;
    // What is frozen lies beside the buffers, out of the optimizer's reach.
    const role = weight.frozen ? 'buffer' : own;
    const offset = ends[role];
    ends[role] += aligned(sizeOf(shape));
    return { ...weight, reference: { arena: role === 'parameter' ? WEIGHTS : BUFFERS, offset, shape, type: 'f32' } };
  });
  // An arena is never empty: devices have no buffers of no bytes.
  return { weights, parameterSize: Math.max(ARENA_ALIGNMENT, ends.parameter), bufferSize: Math.max(ARENA_ALIGNMENT, ends.buffer) };
}

/** Whether training moves it: a parameter of a layer that is not frozen. */
export const isTrainable = ({ reference }: PlacedWeight): boolean => reference.arena === WEIGHTS;

/** The same place in an arena laid out like `weights`. */
export const inArena = (reference: StateReference, arena: string): StateReference => ({ ...reference, arena });

/** Cuts an arena's contents into its tensors, as copies. */
export function split(placed: readonly PlacedWeight[], contents: StateData, nameOf: (weight: PlacedWeight) => string): SafetensorsEntry[] {
  return placed.map((weight) => {
    const { offset, shape } = weight.reference;
    const data = contents.slice(offset, offset + sizeOf(shape));
    // Arenas of weights are f32: devices read them as Float32Array or Float64Array.
    return { name: nameOf(weight), shape, data: data instanceof Uint8Array ? Float32Array.from(data) : data };
  });
}

/** The reverse of `split`: an arena's contents from tensors by name; 0 where there is none. Wide numbers stay wide. */
export function join(
  placed: readonly PlacedWeight[],
  size: number,
  tensorOf: (weight: PlacedWeight) => SafetensorsEntry['data'] | undefined,
): Float32Array | Float64Array {
  const parts = placed.map((weight) => ({ weight, data: tensorOf(weight) }));
  const contents = parts.some(({ data }) => data instanceof Float64Array) ? new Float64Array(size) : new Float32Array(size);
  for (const { weight, data } of parts) if (data !== undefined) contents.set(data, weight.reference.offset);
  return contents;
}
