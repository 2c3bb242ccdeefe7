/** Rows picked by index: output[i, …] = data[indices[i], …]. An index out of range reads row 0. */
import { ShapeError, apply, formatShape, type GatherOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { equal } from './equal.op';
import { iota } from './iota.op';
import { multiply } from './multiply.op';
import { bytes, floats, integers } from './sample';
import { expand, sum } from './sum.op';

export const gatherOperation: GatherOperation<NoAttributes> = {
  kind: 'gather',
  name: 'gather',
  infer: ([data, indices]) => {
    if (data === undefined || indices === undefined) throw new ShapeError('gather', '2 inputs', 'fewer');
    if (data.shape.length === 0) throw new ShapeError('gather', 'data with at least 1 axis', 'scalar');
    if (indices.type !== 'i32' || indices.shape.length !== 1) {
      throw new ShapeError('gather', 'indices of type i32 with 1 axis', `${indices.type} ${formatShape(indices.shape)}`);
    }
    return { shape: [indices.shape[0] ?? 0, ...data.shape.slice(1)], type: data.type };
  },
  // Each row of the data sums the cotangents of the places that picked it, over a [picks, rows, …] tensor that devices fold
  // into the sum. A scatter would be faster for large tables, but needs an order of its own to stay deterministic.
  gradient: ({ inputs: [data, indices], cotangent }) => {
    if (data === undefined || indices === undefined) return [];
    const [rows = 0, ...rest] = data.shape;
    const [picks = 0] = indices.shape;
    const shape = [picks, rows, ...rest];
    const restAxes = rest.map((_, axis) => axis + 2);
    const chosen = equal(expand(indices, shape, [1, ...restAxes]), iota(shape, 1));
    return [sum(multiply(chosen, expand(cotangent, shape, [1])), [0]), null];
  },
  samples: [
    { name: 'rows', inputs: [floats([4, 3]), integers([5], [2, 0, 3, 2, 1])], attributes: {} },
    { name: 'images', inputs: [floats([3, 1, 2, 2]), integers([2], [2, 0])], attributes: {} },
    { name: 'bytes', inputs: [bytes([3, 2], [1, 2, 3, 250, 251, 255]), integers([2], [1, 2])], attributes: {} },
    { name: 'labels', inputs: [integers([4], [7, 8, 9, 10]), integers([3], [3, 3, 0])], attributes: {} },
  ],
};

export const gather = (data: Tensor, indices: Tensor): Tensor => apply(gatherOperation, [data, indices], {});
