/** What the elementwise operations share: the check of their inputs, broadcasting, and literals. It knows no operation but the views. */
import { ShapeError, formatShape, sameShape, type DataType, type Shape, type Tensor, type TensorType } from '../graph/tensor';
import { constant } from './constant.op';
import { reshape } from './reshape.op';
import { expand } from './sum.op';

/** Result type of an operation whose `count` inputs all have one shape and one of the `allowed` types. */
export function elementwiseType(
  name: string,
  inputs: readonly TensorType[],
  count: number,
  allowed: readonly DataType[] = ['f32'],
  result?: DataType,
): TensorType {
  const first = inputs[0];
  if (first === undefined || inputs.length !== count) {
    throw new ShapeError(name, `${String(count)} inputs`, `${String(inputs.length)} inputs`);
  }
  for (const input of inputs) {
    if (!sameShape(input.shape, first.shape))
      throw new ShapeError(name, `inputs of one shape`, inputs.map((item) => formatShape(item.shape)).join(' and '));
    if (input.type !== first.type || !allowed.includes(input.type)) {
      throw new ShapeError(name, `inputs of one type out of ${allowed.join(', ')}`, inputs.map((item) => item.type).join(' and '));
    }
  }
  return { shape: first.shape, type: result ?? first.type };
}

/** The shape that two shapes share when axes of size 1 are repeated and missing leading axes are added (NumPy's rule). */
export function broadcastShapes(name: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new ShapeError(
        name,
        'shapes that agree or are 1 on each axis, counted from the last',
        `${formatShape(a)} and ${formatShape(b)}`,
      );
    }
    return sizeA === 1 ? sizeB : sizeA;
  });
}

/** The tensor repeated along axes of size 1 and along new leading axes until it has the shape. */
export function broadcastTo(tensor: Tensor, shape: Shape): Tensor {
  if (sameShape(tensor.shape, shape)) return tensor;
  if (!sameShape(broadcastShapes('broadcast', tensor.shape, shape), shape)) {
    throw new ShapeError('broadcast', `a shape that repeats to ${formatShape(shape)}`, formatShape(tensor.shape));
  }
  const lead = shape.length - tensor.shape.length;
  const repeated = shape.flatMap((size, axis) => (axis < lead || (tensor.shape[axis - lead] === 1 && size !== 1) ? [axis] : []));
  const kept = shape.filter((_, axis) => !repeated.includes(axis));
  return expand(reshape(tensor, kept), shape, repeated);
}

/** What builders of operations with several inputs take: a number stands for a constant of the other's type. */
export type Operand = Tensor | number;

/** Both operands with one shape. */
export function broadcastTogether(name: string, a: Operand, b: Operand): readonly [Tensor, Tensor] {
  if (typeof a === 'number') {
    if (typeof b === 'number') return [constant(a, []), constant(b, [])];
    return [constant(a, b.shape, b.type), b];
  }
  if (typeof b === 'number') return [a, constant(b, a.shape, a.type)];
  const shape = broadcastShapes(name, a.shape, b.shape);
  return [broadcastTo(a, shape), broadcastTo(b, shape)];
}
