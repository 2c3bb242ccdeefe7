/**
 * One phase of a program as a list of steps over arrays. It follows the graph node by node: no fusion, no reordering;
 * only arrays that nothing reads any more are used again.
 */
import { formatShape, sameShape, sizeOf, type Tensor } from '../../graph/tensor';
import { topologicalOrder } from '../../graph/topological-order';
import { ARENA_ALIGNMENT, isState, stateOf, type Phase, type StateReference } from '../../plan/program';
import type { Numbers } from './arrays';
import { elementwise, gather, isIdentity, kernel, reduce, view, viewTable, type Evaluation } from './evaluate';

export interface CompiledPhase {
  readonly run: () => void;
  readonly nodes: number;
  readonly workspaceBytes: number;
  readonly buffers: number;
}

/** The part of an arena that a state names; throws a RangeError if it is not there. */
function partOf(arenas: ReadonlyMap<string, Numbers>, { arena, offset, shape, type }: StateReference): Numbers {
  const array = arenas.get(arena);
  if (array === undefined) throw new RangeError(`No state has an arena ${arena}.`);
  const held = array instanceof Float64Array ? 'f32' : array instanceof Int32Array ? 'i32' : 'u8';
  if (held !== type) throw new RangeError(`The arena ${arena} holds ${held}, not ${type}.`);
  const end = offset + sizeOf(shape);
  if (offset % ARENA_ALIGNMENT !== 0 || end > array.length) {
    throw new RangeError(
      `${formatShape(shape)} at ${String(offset)} does not lie in the ${String(array.length)} elements of ${arena}, aligned to ${String(ARENA_ALIGNMENT)}.`,
    );
  }
  return array.subarray(offset, end);
}

/** How a tensor is computed, or whose array it shares. */
type Treatment = { readonly evaluation: Evaluation } | { readonly sameAs: Tensor | null };

function treatmentOf(tensor: Tensor): Treatment {
  const { operation, inputs } = tensor;
  const [input] = inputs;
  switch (operation.kind) {
    case 'leaf':
      if (!isState(tensor)) throw new TypeError(`The reference device knows no leaf ${operation.name}.`);
      return { sameAs: null };
    case 'elementwise':
      return { evaluation: elementwise(tensor, operation) };
    case 'view': {
      if (input === undefined) throw new TypeError(`The view ${operation.name} has no input.`);
      const table = viewTable(tensor, input, operation);
      return isIdentity(table, input) ? { sameAs: input } : { evaluation: view(table) };
    }
    case 'gather':
      if (input === undefined) throw new TypeError('gather has no input.');
      return { evaluation: gather(input, operation) };
    case 'reduce': {
      if (input === undefined) throw new TypeError(`${operation.name} has no input.`);
      // Reductions are only built with these attributes.
      const { axes } = tensor.attributes as { readonly axes: readonly number[] };
      return { evaluation: reduce(input, axes, operation) };
    }
    case 'kernel':
      return { evaluation: kernel(tensor, operation) };
    default:
      return operation satisfies never;
  }
}

/** Hands out arrays and takes them back: one array serves several tensors that never live at once. */
function arrayPool(): {
  readonly take: (size: number) => Float64Array;
  readonly giveBack: (array: Float64Array) => void;
  readonly made: Float64Array[];
} {
  const free = new Map<number, Float64Array[]>();
  const made: Float64Array[] = [];
  return {
    take: (size) => {
      const known = free.get(size)?.pop();
      if (known !== undefined) return known;
      const array = new Float64Array(size);
      made.push(array);
      return array;
    },
    giveBack: (array) => {
      free.set(array.length, [...(free.get(array.length) ?? []), array]);
    },
    made,
  };
}

export function compilePhase({ assignments }: Phase, arenas: ReadonlyMap<string, Numbers>): CompiledPhase {
  for (const { target, value } of assignments) {
    if (!sameShape(target.shape, value.shape) || target.type !== value.type) {
      throw new RangeError(
        `${value.type} ${formatShape(value.shape)} cannot be assigned to the state ${target.arena} of ${target.type} ${formatShape(target.shape)}.`,
      );
    }
  }
  const values = assignments.map(({ value }) => value);
  const order = topologicalOrder(values);
  const treatments = new Map(order.map((tensor) => [tensor, treatmentOf(tensor)]));
  const ownerOf = (tensor: Tensor): Tensor => {
    const treatment = treatments.get(tensor);
    return treatment !== undefined && 'sameAs' in treatment && treatment.sameAs !== null ? ownerOf(treatment.sameAs) : tensor;
  };

  // Assigned values are read at the end, so their arrays are never given back.
  const readers = new Map<Tensor, number>();
  for (const tensor of values) readers.set(ownerOf(tensor), Infinity);
  for (const tensor of order) {
    if (ownerOf(tensor) !== tensor) continue;
    for (const input of tensor.inputs) readers.set(ownerOf(input), (readers.get(ownerOf(input)) ?? 0) + 1);
  }

  const pool = arrayPool();
  const arrays = new Map<Tensor, Numbers>();
  const arrayOf = (tensor: Tensor): Numbers => {
    const array = arrays.get(ownerOf(tensor));
    if (array === undefined) throw new TypeError(`A ${tensor.operation.name} was used before it was computed.`);
    return array;
  };
  const steps: (() => void)[] = [];
  for (const tensor of order) {
    if (isState(tensor)) arrays.set(tensor, partOf(arenas, stateOf(tensor)));
    const treatment = treatments.get(tensor);
    if (treatment === undefined || !('evaluation' in treatment)) continue;
    const { evaluation } = treatment;
    const inputs = tensor.inputs.map(arrayOf);
    const output = pool.take(sizeOf(tensor.shape));
    arrays.set(tensor, output);
    steps.push(() => {
      evaluation(inputs, output);
    });
    for (const input of tensor.inputs) {
      const owner = ownerOf(input);
      const left = (readers.get(owner) ?? 0) - 1;
      readers.set(owner, left);
      const array = arrays.get(owner);
      if (left === 0 && !isState(owner) && array instanceof Float64Array) pool.giveBack(array);
    }
  }

  // A value that is a state itself would change while others are written: it is copied first.
  const writes = assignments.map(({ target, value }) => {
    const place = partOf(arenas, target);
    const array = arrayOf(value);
    const copy = isState(ownerOf(value)) ? array.slice() : null;
    return {
      before: () => copy?.set(array),
      write: () => {
        place.set(copy ?? array);
      },
    };
  });
  return {
    run: () => {
      for (const step of steps) step();
      for (const { before } of writes) before();
      for (const { write } of writes) write();
    },
    nodes: steps.length,
    workspaceBytes: pool.made.reduce((sum, array) => sum + array.byteLength, 0),
    buffers: pool.made.length,
  };
}
