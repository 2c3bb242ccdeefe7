/** Tensors one after another, composed of other operations: the sum of the pieces, each padded with zeros to the whole. */
import { ShapeError, formatShape, type Tensor } from '../graph/tensor';
import { add } from './add.op';
import { pad } from './slice.op';

/** Along the axis; the other axes must agree. */
export function concatenate(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new ShapeError('concatenate', 'at least 1 input', '0 inputs');
  if (first.shape[axis] === undefined) throw new ShapeError('concatenate', `an axis of ${formatShape(first.shape)}`, String(axis));
  for (const { shape } of tensors) {
    if (shape.length !== first.shape.length || shape.some((size, other) => other !== axis && size !== first.shape[other])) {
      throw new ShapeError('concatenate', `${formatShape(first.shape)} except on axis ${String(axis)}`, formatShape(shape));
    }
  }
  const lengths = tensors.map(({ shape }) => shape[axis] ?? 0);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let start = 0;
  const pieces = tensors.map((tensor, position) => {
    const length = lengths[position] ?? 0;
    const along = (value: number) => tensor.shape.map((_, other) => (other === axis ? value : 0));
    const piece = pad(tensor, { before: along(start), after: along(total - start - length) });
    start += length;
    return piece;
  });
  return pieces.reduce((sum, piece) => add(sum, piece));
}
