/** Sum along axes, and its adjoint: repeating along new axes. */
import {
  ShapeError,
  apply,
  formatShape,
  sameShape,
  type ReduceAttributes,
  type ReduceOperation,
  type Shape,
  type Tensor,
  type TensorType,
  type ViewOperation,
} from '../graph/tensor';
import { floats, integers } from './sample';

/** Shape without the axes, which must be sorted, distinct and within the rank. */
export function reducedType(name: string, inputs: readonly TensorType[], { axes }: ReduceAttributes): TensorType {
  const input = inputs[0];
  if (input === undefined || inputs.length !== 1) throw new ShapeError(name, '1 input', `${String(inputs.length)} inputs`);
  if (input.type !== 'f32') throw new ShapeError(name, 'an input of type f32', input.type);
  const ordered = axes.every((axis, position) => Number.isInteger(axis) && axis > (axes[position - 1] ?? -1) && axis < input.shape.length);
  if (!ordered) throw new ShapeError(name, `ascending axes of ${formatShape(input.shape)}`, `axes ${axes.join(', ')}`);
  return { shape: input.shape.filter((_, axis) => !axes.includes(axis)), type: 'f32' };
}

/** Axes counted from the end where negative, ascending; all of them if none are given. */
export const normalizeAxes = (rank: number, axes?: readonly number[]): number[] =>
  axes === undefined
    ? Array.from({ length: rank }, (_, axis) => axis)
    : [...new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)))].sort((a, b) => a - b);

export const sumOperation: ReduceOperation = {
  kind: 'reduce',
  name: 'sum',
  infer: (inputs, attributes) => reducedType('sum', inputs, attributes),
  gradient: ({ inputs, cotangent, attributes }) => inputs.map((input) => expand(cotangent, input.shape, attributes.axes)),
  initial: { wgsl: '0.0f', reference: 0 },
  combine: { wgsl: (accumulator, value) => `${accumulator} + ${value}`, reference: (accumulator, value) => accumulator + value },
  samples: [
    { name: 'last axis', inputs: [floats([3, 5])], attributes: { axes: [1] } },
    { name: 'first axis', inputs: [floats([7, 3])], attributes: { axes: [0] } },
    { name: 'all axes', inputs: [floats([2, 3, 4])], attributes: { axes: [0, 1, 2] } },
    { name: 'outer and inner axes', inputs: [floats([4, 3, 5, 2])], attributes: { axes: [0, 2, 3] } },
    { name: 'a long axis', inputs: [floats([2, 1000])], attributes: { axes: [1] } },
    { name: 'no axes', inputs: [floats([3])], attributes: { axes: [] } },
  ],
};

type ExpandAttributes = { readonly shape: Shape; readonly axes: readonly number[] };

export const expandOperation: ViewOperation<ExpandAttributes> = {
  kind: 'view',
  name: 'expand',
  infer: ([input], { shape, axes }) => {
    if (input === undefined) throw new ShapeError('expand', '1 input', '0 inputs');
    const kept = shape.filter((_, axis) => !axes.includes(axis));
    if (!sameShape(kept, input.shape)) {
      throw new ShapeError(
        'expand',
        `an input of shape ${formatShape(kept)} to add axes ${axes.join(', ')} of ${formatShape(shape)}`,
        formatShape(input.shape),
      );
    }
    return { shape, type: input.type };
  },
  gradient: ({ cotangent, attributes }) => [sum(cotangent, attributes.axes)],
  source: (index, _algebra, _types, { axes }) => ({ index: index.filter((_, axis) => !axes.includes(axis)) }),
  samples: [
    { name: 'a scalar', inputs: [floats([])], attributes: { shape: [2, 3], axes: [0, 1] } },
    { name: 'rows', inputs: [floats([4])], attributes: { shape: [3, 4], axes: [0] } },
    { name: 'channels', inputs: [floats([3])], attributes: { shape: [2, 3, 2, 2], axes: [0, 2, 3] } },
    { name: 'whole numbers', inputs: [integers([2], [5, -6])], attributes: { shape: [2, 3], axes: [1] } },
  ],
};

/** Sum along the axes, which are removed; along all of them if none are given. Negative axes count from the last. */
export function sum(tensor: Tensor, axes?: readonly number[]): Tensor {
  const normalized = normalizeAxes(tensor.shape.length, axes);
  return normalized.length === 0 ? tensor : apply(sumOperation, [tensor], { axes: normalized });
}

/** Repeats the tensor along new axes: `axes` are those of `shape` that the tensor does not have. */
export const expand = (tensor: Tensor, shape: Shape, axes: readonly number[]): Tensor =>
  axes.length === 0 && sameShape(shape, tensor.shape) ? tensor : apply(expandOperation, [tensor], { shape, axes });
