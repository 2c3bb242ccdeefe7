/**
 * What a graph computes of constants alone, computed while it is read: shapes, masks, weights that are turned or cut. The
 * batch has a stand-in for its size, and what comes of it is marked, so that it is never taken for a number of the model.
 */
import { sizeOf, type Shape } from '../../../../compute/graph/tensor';
import { Refusal } from '../../models/imported-model';
import type { OnnxNumbers } from '../onnx-tensor';

export interface Constant {
  readonly kind: 'constant';
  readonly type: 'float' | 'integer' | 'boolean';
  readonly shape: Shape;
  readonly data: OnnxNumbers;
  /** Depends on how many samples stand in a batch. */
  readonly ofBatch: boolean;
  /** The name in the file; '' for what was computed. */
  readonly name: string;
}

/** Elements; what is computed while reading may not be larger: a small file can ask for any size. */
const LARGEST_RESULT = 2 ** 24;

export function constantOf(
  type: Constant['type'],
  shape: Shape,
  data: ArrayLike<number>,
  { ofBatch = false, name = '' }: { readonly ofBatch?: boolean; readonly name?: string } = {},
): Constant {
  const numbers =
    data instanceof Float32Array || data instanceof Float64Array
      ? data
      : type === 'float'
        ? Float32Array.from(data)
        : Float64Array.from(data);
  return { kind: 'constant', type, shape, data: numbers, ofBatch, name };
}

export function checkedSize(shape: Shape): number {
  const size = sizeOf(shape);
  if (shape.some((length) => !Number.isInteger(length) || length < 0) || size > LARGEST_RESULT)
    throw new Refusal(`It asks for a constant of the shape [${shape.join(', ')}].`);
  return size;
}

/** Row-major distances between neighbours along each axis. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

/** Reads at a place that follows from each place of the result. */
export function gathered(source: Constant, shape: Shape, placeOf: (indices: readonly number[]) => number): Constant {
  const size = checkedSize(shape);
  const data = source.type === 'float' ? new Float32Array(size) : new Float64Array(size);
  const indices = shape.map(() => 0);
  for (let place = 0; place < size; place++) {
    data[place] = source.data[placeOf(indices)] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (indices[axis] ?? 0) + 1;
      indices[axis] = next === shape[axis] ? 0 : next;
      if (next !== shape[axis]) break;
    }
  }
  return { ...source, shape, data, name: '' };
}

export const reshaped = (source: Constant, shape: Shape): Constant => {
  if (sizeOf(shape) !== source.data.length)
    throw new Refusal(`A constant of ${String(source.data.length)} numbers cannot be [${shape.join(', ')}].`);
  return { ...source, shape };
};

export function transposed(source: Constant, order: readonly number[]): Constant {
  const strides = stridesOf(source.shape);
  const turned = order.map((axis) => strides[axis] ?? 0);
  return gathered(
    source,
    order.map((axis) => source.shape[axis] ?? 1),
    (indices) => indices.reduce((place, index, axis) => place + index * (turned[axis] ?? 0), 0),
  );
}

/** The shape that both are repeated to (numpy's rule); a Refusal where there is none. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Refusal(`Shapes do not go together: [${a.join(', ')}] and [${b.join(', ')}].`);
    return x === 1 ? y : x;
  });
}

export function expanded(source: Constant, shape: Shape): Constant {
  if (source.shape.length === shape.length && source.shape.every((size, axis) => size === shape[axis])) return source;
  const strides = stridesOf(source.shape);
  const skipped = shape.length - source.shape.length;
  return gathered(source, shape, (indices) =>
    strides.reduce((place, stride, axis) => place + (source.shape[axis] === 1 ? 0 : (indices[axis + skipped] ?? 0) * stride), 0),
  );
}

export function combined(a: Constant, b: Constant, type: Constant['type'], compute: (x: number, y: number) => number): Constant {
  const shape = broadcastShape(a.shape, b.shape);
  const x = expanded(a, shape);
  const y = expanded(b, shape);
  const data = x.data.map((value, index) => compute(value, y.data[index] ?? 0));
  const exact = type === 'float' ? Float32Array.from(data) : Float64Array.from(data);
  return { kind: 'constant', type, shape, data: exact, ofBatch: a.ofBatch || b.ofBatch, name: '' };
}

/** Which elements a slice takes along an axis, by ONNX's rules for negative and far ends. */
export function sliceRange(size: number, start: number, end: number, step: number): { readonly first: number; readonly count: number } {
  const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value < 0 ? value + size : value));
  if (step > 0) {
    const first = clamp(start, 0, size);
    return { first, count: Math.max(0, Math.ceil((clamp(end, 0, size) - first) / step)) };
  }
  const first = clamp(start, 0, size - 1);
  return { first, count: Math.max(0, Math.ceil((clamp(end, -1, size - 1) - first) / step)) };
}

export function concatenated(parts: readonly Constant[], axis: number): Constant {
  const [head] = parts;
  if (head === undefined) throw new Refusal('There is nothing to put together.');
  const total = parts.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
  const shape = head.shape.map((size, index) => (index === axis ? total : size));
  const data = head.type === 'float' ? new Float32Array(checkedSize(shape)) : new Float64Array(checkedSize(shape));
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  let offset = 0;
  for (const part of parts) {
    const run = (part.shape[axis] ?? 0) * inner;
    if (part.data.length !== run * outer) throw new Refusal('Constants that are put together differ in shape.');
    for (let row = 0; row < outer; row++) data.set(part.data.subarray(row * run, (row + 1) * run), row * total * inner + offset);
    offset += run;
  }
  return { kind: 'constant', type: head.type, shape, data, ofBatch: parts.some(({ ofBatch }) => ofBatch), name: '' };
}
