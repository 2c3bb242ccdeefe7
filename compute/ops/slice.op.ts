/** A box cut out of a tensor, every steps-th element of it, and the adjoint: a tensor spread into a box of zeros. */
import { ShapeError, apply, formatShape, type IndexAlgebra, type Shape, type Tensor, type ViewOperation } from '../graph/tensor';
import { floats, integers } from './sample';

/** One number an axis. Element i of an axis is element starts + i · steps of the input, for i < sizes. */
type SliceAttributes = { readonly starts: readonly number[]; readonly sizes: readonly number[]; readonly steps: readonly number[] };

/** One number an axis. Element i of the input's axis comes to before + i · steps; `after` zeros follow the last. */
type PadAttributes = { readonly before: readonly number[]; readonly after: readonly number[]; readonly steps: readonly number[] };

const at = (list: readonly number[], axis: number): number => list[axis] ?? 0;
const whole = (list: readonly number[], rank: number, minimum: number): boolean =>
  list.length === rank && list.every((item) => Number.isInteger(item) && item >= minimum);

/** Elements from the first to the last of `size` ones that stand `step` apart. */
const spanOf = (size: number, step: number): number => (size - 1) * step + 1;

export const sliceOperation: ViewOperation<SliceAttributes> = {
  kind: 'view',
  name: 'slice',
  infer: ([input], { starts, sizes, steps }) => {
    if (input === undefined) throw new ShapeError('slice', '1 input', '0 inputs');
    const rank = input.shape.length;
    const fits = whole(starts, rank, 0) && whole(sizes, rank, 1) && whole(steps, rank, 1);
    if (!fits || !input.shape.every((size, axis) => at(starts, axis) + spanOf(at(sizes, axis), at(steps, axis)) <= size)) {
      throw new ShapeError(
        'slice',
        `a box within ${formatShape(input.shape)}`,
        `starts ${starts.join(', ')}, sizes ${sizes.join(', ')}, steps ${steps.join(', ')}`,
      );
    }
    return { shape: sizes, type: input.type };
  },
  gradient: ({ inputs, cotangent, attributes: { starts, sizes, steps } }) =>
    inputs.map(({ shape }) => {
      const after = shape.map((size, axis) => size - at(starts, axis) - spanOf(at(sizes, axis), at(steps, axis)));
      return pad(cotangent, { before: starts, after, steps });
    }),
  source: (index, algebra, _types, { starts, steps }) => ({
    index: index.map((item, axis) => {
      const scaled = at(steps, axis) === 1 ? item : algebra.multiply(item, at(steps, axis));
      return at(starts, axis) === 0 ? scaled : algebra.add(scaled, algebra.constant(at(starts, axis)));
    }),
  }),
  samples: [
    { name: 'a box', inputs: [floats([4, 5])], attributes: { starts: [1, 2], sizes: [2, 3], steps: [1, 1] } },
    { name: 'every second column', inputs: [floats([3, 7])], attributes: { starts: [0, 1], sizes: [3, 3], steps: [1, 2] } },
    { name: 'whole numbers', inputs: [integers([2], [7, -8])], attributes: { starts: [1], sizes: [1], steps: [1] } },
  ],
};

export const padOperation: ViewOperation<PadAttributes> = {
  kind: 'view',
  name: 'pad',
  infer: ([input], { before, after, steps }) => {
    if (input === undefined) throw new ShapeError('pad', '1 input', '0 inputs');
    const rank = input.shape.length;
    if (!whole(before, rank, 0) || !whole(after, rank, 0) || !whole(steps, rank, 1)) {
      throw new ShapeError(
        'pad',
        `zeros before and after each axis of ${formatShape(input.shape)}`,
        `before ${before.join(', ')}, after ${after.join(', ')}, steps ${steps.join(', ')}`,
      );
    }
    return { shape: input.shape.map((size, axis) => at(before, axis) + spanOf(size, at(steps, axis)) + at(after, axis)), type: input.type };
  },
  gradient: ({ inputs, cotangent, attributes: { before, steps } }) =>
    inputs.map(({ shape }) => slice(cotangent, { starts: before, sizes: shape, steps })),
  source: <I>(
    index: readonly I[],
    algebra: IndexAlgebra<I>,
    { input, output }: { input: { shape: Shape }; output: { shape: Shape } },
    { before, steps }: PadAttributes,
  ) => {
    const conditions: I[] = [];
    const source = index.map((item, axis) => {
      const start = at(before, axis);
      const step = at(steps, axis);
      const limit = start + spanOf(at(input.shape, axis), step);
      if (start > 0 || limit < at(output.shape, axis)) conditions.push(algebra.within(item, start, limit));
      const moved = start === 0 ? item : algebra.subtract(item, algebra.constant(start));
      if (step === 1) return moved;
      conditions.push(algebra.within(algebra.modulo(moved, step), 0, 1));
      return algebra.divide(moved, step);
    });
    const [first, ...rest] = conditions;
    return first === undefined
      ? { index: source }
      : { index: source, valid: rest.reduce((all, condition) => algebra.and(all, condition), first) };
  },
  samples: [
    { name: 'a frame', inputs: [floats([2, 3])], attributes: { before: [1, 0], after: [2, 1], steps: [1, 1] } },
    { name: 'spread', inputs: [floats([2, 3])], attributes: { before: [0, 1], after: [0, 1], steps: [2, 3] } },
    { name: 'nothing', inputs: [floats([3])], attributes: { before: [0], after: [0], steps: [1] } },
  ],
};

/** Elements starts + i · steps of each axis, for i < sizes; the box lies within the tensor. */
export const slice = (tensor: Tensor, box: { starts: readonly number[]; sizes: readonly number[]; steps?: readonly number[] }): Tensor =>
  apply(sliceOperation, [tensor], { starts: box.starts, sizes: box.sizes, steps: box.steps ?? tensor.shape.map(() => 1) });

/** Zeros `before` and `after` each axis, and steps − 1 of them between neighbours. */
export const pad = (tensor: Tensor, frame: { before: readonly number[]; after: readonly number[]; steps?: readonly number[] }): Tensor =>
  apply(padOperation, [tensor], { before: frame.before, after: frame.after, steps: frame.steps ?? tensor.shape.map(() => 1) });

/** Elements `start` to `start + size` of one axis. */
export const sliceAxis = (tensor: Tensor, axis: number, start: number, size: number): Tensor =>
  slice(tensor, {
    starts: tensor.shape.map((_, other) => (other === axis ? start : 0)),
    sizes: tensor.shape.map((length, other) => (other === axis ? size : length)),
  });
