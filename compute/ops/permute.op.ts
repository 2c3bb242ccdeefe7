/** Axes in another order: axis i of the result is axis order[i] of the input. */
import { ShapeError, apply, formatShape, type Tensor, type ViewOperation } from '../graph/tensor';
import { floats, integers } from './sample';

type PermuteAttributes = { readonly order: readonly number[] };

export const permuteOperation: ViewOperation<PermuteAttributes> = {
  kind: 'view',
  name: 'permute',
  infer: ([input], { order }) => {
    if (input === undefined) throw new ShapeError('permute', '1 input', '0 inputs');
    const shape = order.map((axis) => input.shape[axis] ?? 0);
    if (order.length !== input.shape.length || new Set(order).size !== order.length || shape.includes(0)) {
      throw new ShapeError(
        'permute',
        `an order of the ${String(input.shape.length)} axes of ${formatShape(input.shape)}`,
        order.join(', '),
      );
    }
    return { shape, type: input.type };
  },
  gradient: ({ cotangent, attributes: { order } }) => [
    permute(
      cotangent,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
  source: (index, algebra, _types, { order }) => ({ index: order.map((_, axis) => index[order.indexOf(axis)] ?? algebra.constant(0)) }),
  samples: [
    { name: 'transpose', inputs: [floats([3, 5])], attributes: { order: [1, 0] } },
    { name: 'three axes in a cycle', inputs: [floats([2, 3, 4])], attributes: { order: [2, 0, 1] } },
    { name: 'channels last', inputs: [integers([1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])], attributes: { order: [0, 2, 3, 1] } },
  ],
};

const isIdentity = (order: readonly number[], rank: number): boolean =>
  order.length === rank && order.every((axis, position) => axis === position);

/** The tensor itself where nothing moves; two permutations in a row are one, or none. */
export function permute(tensor: Tensor, order: readonly number[]): Tensor {
  const [inner] = tensor.inputs;
  if (isIdentity(order, tensor.shape.length)) return tensor;
  if (tensor.operation !== permuteOperation || inner === undefined) return apply(permuteOperation, [tensor], { order });
  // Only permute makes tensors of this operation.
  const before = tensor.attributes['order'] as readonly number[];
  return permute(
    inner,
    order.map((axis) => before[axis] ?? -1),
  );
}

/** Rows and columns (the last two axes) exchanged. */
export function transpose(tensor: Tensor): Tensor {
  const rank = tensor.shape.length;
  if (rank < 2) throw new ShapeError('transpose', 'at least 2 axes', formatShape(tensor.shape));
  return permute(tensor, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]);
}
