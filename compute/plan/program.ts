/**
 * A program is what a device runs: phases of assignments to named states, and outputs to read back. It is made once
 * from tensors and then run many times. It knows no device.
 */
import { apply, type DataType, type LeafOperation, type Shape, type Tensor } from '../graph/tensor';

/**
 * A named array that lives on the device between runs. Several tensors may be parts of one arena: an optimizer then
 * updates them all as one tensor, in one kernel.
 */
export interface StateReference {
  readonly arena: string;
  /** First element in the arena; a multiple of ARENA_ALIGNMENT. */
  readonly offset: number;
  readonly shape: Shape;
  readonly type: DataType;
}

/** Elements: 256 bytes of f32, the coarsest storage-buffer offset that WebGPU devices ask for. */
export const ARENA_ALIGNMENT = 64;

type StateAttributes = { readonly arena: string; readonly offset: number; readonly shape: Shape; readonly type: string };

const stateOperation: LeafOperation<StateAttributes> = {
  kind: 'leaf',
  name: 'state',
  infer: (_inputs, { shape, type }) => ({ shape, type: type as DataType }),
  gradient: () => [],
  samples: [],
};

/** The tensor that reads a state as it is when the phase begins. */
export const readState = ({ arena, offset, shape, type }: StateReference): Tensor =>
  apply(stateOperation, [], { arena, offset, shape, type });

export const isState = (tensor: Tensor): boolean => tensor.operation === stateOperation;

export function stateOf(tensor: Tensor): StateReference {
  // Only readState makes tensors of this operation.
  return tensor.attributes as StateAttributes as StateReference;
}

export interface Assignment {
  readonly target: StateReference;
  readonly value: Tensor;
}

/** All values are computed from the states as they were before the phase, then all targets are written. */
export interface Phase {
  readonly assignments: readonly Assignment[];
  /**
   * How f32 tensors between kernels are stored: as they are (the default), or those of activations and their gradients rounded
   * to 16 bits (see storage.ts). States and all arithmetic are f32 either way.
   */
  readonly intermediates?: 'f32' | 'f16';
}

export interface Arena {
  readonly name: string;
  readonly type: DataType;
  /** Elements. */
  readonly size: number;
}

export interface Program {
  readonly name: string;
  readonly phases: readonly Phase[];
}
