/**
 * How layers are said as layers of Keras, of which TensorFlow.js has most: a graph of them, and what it is made with.
 * Samples with three axes are images, which Keras holds with the channels last; all others are held as Hebb holds them.
 */
import { sizeOf, type Shape } from '../graph/tensor';

/** Numbers that are computed when the file is written. */
export interface KerasArray {
  readonly shape: Shape;
  readonly data: () => Float32Array;
}

export type KerasValue = number | boolean | string | null | readonly KerasValue[] | { readonly [name: string]: KerasValue };
export type KerasConfig = Readonly<Record<string, KerasValue>>;

/** A layer as Keras writes it down: class, settings (in Python's names), weights in the order of Keras, and what it takes. */
export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  readonly config: KerasConfig;
  readonly inputs: readonly KerasTensor[];
  /** Named as in Keras: kernel, bias, gamma … */
  readonly weights: Readonly<Record<string, KerasArray>>;
  /** Training changes nothing of it. */
  readonly fixed: boolean;
}

/** The output of a layer; the shape of one sample as Keras holds it. */
export interface KerasTensor {
  readonly shape: Shape;
  readonly layer: KerasLayer;
}

export interface KerasContext {
  /** As Keras holds them. */
  readonly inputs: readonly KerasTensor[];
  /** As Hebb holds them. */
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  /** The node's weight of that name. */
  readonly weight: (name: string) => KerasArray;
  /** A layer more; `shape` is that of its output. */
  readonly add: (
    className: string,
    inputs: KerasTensor | readonly KerasTensor[],
    shape: Shape,
    config?: KerasConfig,
    weights?: Readonly<Record<string, KerasArray>>,
  ) => KerasTensor;
  /** As `add`, with weights that training never changes. */
  readonly addFixed: KerasContext['add'];
}

/** Axes of Hebb's samples in the order of Keras: channels last in images. */
export const kerasOrder = (rank: number): readonly number[] => (rank === 3 ? [1, 2, 0] : Array.from({ length: rank }, (_, axis) => axis));

/** The same shape as Keras holds it. */
export const kerasShape = (shape: Shape): Shape => kerasOrder(shape.length).map((axis) => shape[axis] ?? 1);

/** An axis of a sample of Hebb as Keras counts it, the batch being 0; negative ones count from the last. */
export const kerasAxis = (rank: number, axis: number): number => kerasOrder(rank).indexOf(axis < 0 ? axis + rank : axis) + 1;

/** An array with its axes in another order. */
export const arranged = ({ shape, data }: KerasArray, order: readonly number[]): KerasArray => {
  const result = order.map((axis) => shape[axis] ?? 1);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const steps = order.map((axis) => strides[axis] ?? 1);
  return {
    shape: result,
    data: () => {
      const from = data();
      const to = new Float32Array(from.length);
      const place = result.map(() => 0);
      let at = 0;
      for (let index = 0; index < to.length; index++) {
        to[index] = from[at] ?? 0;
        for (let axis = place.length - 1; axis >= 0; axis--) {
          const step = steps[axis] ?? 0;
          place[axis] = (place[axis] ?? 0) + 1;
          at += step;
          if ((place[axis] ?? 0) < (result[axis] ?? 0)) break;
          at -= step * (result[axis] ?? 0);
          place[axis] = 0;
        }
      }
      return to;
    },
  };
};

/** A matrix with rows and columns exchanged. */
export const turned = (array: KerasArray): KerasArray => arranged(array, [1, 0]);

/** The same numbers in another shape. */
export const shaped = ({ data }: KerasArray, shape: Shape): KerasArray => ({ shape, data });

/** Each number by a rule. */
export const mapped = ({ shape, data }: KerasArray, rule: (value: number, index: number) => number): KerasArray => ({
  shape,
  data: () => data().map(rule),
});

/** An array of which a rule tells the number at each row-major place. */
export const filled = (shape: Shape, rule: (index: number) => number): KerasArray => ({
  shape,
  data: () => Float32Array.from({ length: sizeOf(shape) }, (_, index) => rule(index)),
});

/** Sums of two arrays of one shape. */
export const summed = (a: KerasArray, b: KerasArray): KerasArray => ({
  shape: a.shape,
  data: () => {
    const other = b.data();
    return a.data().map((value, index) => value + (other[index] ?? 0));
  },
});

/** Rows `from` to below `to` of the first axis. */
export const rowsOf = ({ shape, data }: KerasArray, from: number, to: number): KerasArray => {
  const row = sizeOf(shape.slice(1));
  return { shape: [to - from, ...shape.slice(1)], data: () => data().slice(from * row, to * row) };
};

/** Several arrays one after the other along the first axis. */
export const stacked = (arrays: readonly KerasArray[]): KerasArray => ({
  shape: [arrays.reduce((rows, { shape }) => rows + (shape[0] ?? 1), 0), ...(arrays[0]?.shape.slice(1) ?? [])],
  data: () => {
    const parts = arrays.map(({ data }) => data());
    const all = new Float32Array(parts.reduce((size, { length }) => size + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  },
});
