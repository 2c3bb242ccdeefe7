/** The same elements, in row-major order, under another shape. */
import {
  ShapeError,
  apply,
  formatShape,
  sameShape,
  sizeOf,
  stridesOf,
  type IndexAlgebra,
  type Shape,
  type Tensor,
  type ViewOperation,
} from '../graph/tensor';
import { floats, integers } from './sample';

type ReshapeAttributes = { readonly shape: Shape };

/** Row-major number of an element of `shape`, from one index an axis. */
function linearOf<I>(index: readonly I[], shape: Shape, algebra: IndexAlgebra<I>): I {
  const strides = stridesOf(shape);
  return index.reduce((sum, item, axis) => {
    const term = algebra.multiply(item, strides[axis] ?? 1);
    return axis === 0 ? term : algebra.add(sum, term);
  }, algebra.constant(0));
}

/** One index an axis of `shape`, from the row-major number of an element. */
const indexOf = <I>(linear: I, shape: Shape, algebra: IndexAlgebra<I>): I[] =>
  stridesOf(shape).map((stride, axis) => {
    const quotient = stride === 1 ? linear : algebra.divide(linear, stride);
    return axis === 0 ? quotient : algebra.modulo(quotient, shape[axis] ?? 1);
  });

/** Splits both shapes into the shortest runs of axes that hold equally many elements, so that untouched axes cost nothing. */
function alignedRuns(from: Shape, to: Shape): { readonly from: number[]; readonly to: number[] }[] {
  const runs: { from: number[]; to: number[] }[] = [];
  const axesFrom = from.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const axesTo = to.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  let nextFrom = 0;
  let nextTo = 0;
  while (nextFrom < axesFrom.length || nextTo < axesTo.length) {
    const run: { from: number[]; to: number[] } = { from: [], to: [] };
    let sizeFrom = 1;
    let sizeTo = 1;
    do {
      const takeFrom = nextTo >= axesTo.length || (sizeFrom <= sizeTo && nextFrom < axesFrom.length);
      const axis = takeFrom ? (axesFrom[nextFrom++] ?? 0) : (axesTo[nextTo++] ?? 0);
      if (takeFrom) {
        run.from.push(axis);
        sizeFrom *= from[axis] ?? 1;
      } else {
        run.to.push(axis);
        sizeTo *= to[axis] ?? 1;
      }
    } while (sizeFrom !== sizeTo);
    runs.push(run);
  }
  return runs;
}

export const reshapeOperation: ViewOperation<ReshapeAttributes> = {
  kind: 'view',
  name: 'reshape',
  infer: ([input], { shape }) => {
    if (input === undefined) throw new ShapeError('reshape', '1 input', '0 inputs');
    if (sizeOf(input.shape) !== sizeOf(shape) || !shape.every((size) => Number.isInteger(size) && size > 0)) {
      throw new ShapeError(
        'reshape',
        `a shape of ${String(sizeOf(input.shape))} elements like ${formatShape(input.shape)}`,
        formatShape(shape),
      );
    }
    return { shape, type: input.type };
  },
  gradient: ({ inputs, cotangent }) => inputs.map((input) => reshape(cotangent, input.shape)),
  source: (index, algebra, { input, output }) => {
    const result = input.shape.map(() => algebra.constant(0));
    const pick = (shape: Shape, axes: readonly number[]) => axes.map((axis) => shape[axis] ?? 1);
    for (const run of alignedRuns(input.shape, output.shape)) {
      const linear = linearOf(
        run.to.map((axis) => index[axis] ?? algebra.constant(0)),
        pick(output.shape, run.to),
        algebra,
      );
      indexOf(linear, pick(input.shape, run.from), algebra).forEach((item, position) => {
        result[run.from[position] ?? 0] = item;
      });
    }
    return { index: result };
  },
  samples: [
    { name: 'flatten', inputs: [floats([2, 3, 4])], attributes: { shape: [2, 12] } },
    { name: 'regroup', inputs: [floats([4, 6, 5])], attributes: { shape: [3, 8, 5] } },
    { name: 'axes of size 1', inputs: [floats([1, 3, 1, 2])], attributes: { shape: [3, 2, 1] } },
    { name: 'to a scalar', inputs: [floats([1, 1])], attributes: { shape: [] } },
    { name: 'whole numbers', inputs: [integers([4], [1, -2, 3, 4])], attributes: { shape: [2, 2] } },
  ],
};

/** The same elements under another shape; one size may be −1 and is then what is left for it. */
export function reshape(tensor: Tensor, shape: Shape): Tensor {
  const known = sizeOf(shape.filter((size) => size !== -1));
  const resolved = shape.map((size) => (size === -1 ? sizeOf(tensor.shape) / known : size));
  return sameShape(tensor.shape, resolved) ? tensor : apply(reshapeOperation, [tensor], { shape: resolved });
}
