/**
 * Mean over as many windows as are asked for, and its adjoint (PyTorch's AdaptiveAvgPool2d): window i of n along an axis
 * of s elements is [⌊i·s/n⌋, ⌈(i + 1)·s/n⌉). Neighbouring windows share an element where n does not divide s.
 */
import {
  ShapeError,
  apply,
  formatShape,
  type KernelContext,
  type KernelOperation,
  type KernelSource,
  type Shape,
  type Tensor,
  type TensorType,
} from '../graph/tensor';
import type { Pair } from './convolution-2d-sizes';
import { floats } from './sample';

type OutputAttributes = { readonly outputSize: Pair };
type InputAttributes = { readonly inputSize: Pair };

const u = (value: number): string => `${String(value)}u`;

interface Sizes {
  readonly batch: number;
  readonly channels: number;
  readonly input: Pair;
  readonly output: Pair;
}

function imageType(operation: string, type: TensorType | undefined): readonly [number, number, number, number] {
  const [batch, channels, rows, columns] = type?.shape ?? [];
  if (type?.type !== 'f32' || type.shape.length !== 4 || !batch || !channels || !rows || !columns) {
    throw new ShapeError(operation, 'an f32 input N×C×H×W', type ? `${type.type} ${formatShape(type.shape)}` : 'none');
  }
  return [batch, channels, rows, columns];
}

function checkedSize(operation: string, size: Pair): Pair {
  if (!size.every((length) => Number.isInteger(length) && length > 0))
    throw new ShapeError(operation, 'a size of two positive whole numbers', formatShape(size));
  return size;
}

function forwardSizes(x: TensorType | undefined, { outputSize }: OutputAttributes): Sizes {
  const [batch, channels, rows, columns] = imageType('adaptiveAveragePool2d', x);
  return { batch, channels, input: [rows, columns], output: checkedSize('adaptiveAveragePool2d', outputSize) };
}

function gradientSizes(cotangent: TensorType | undefined, { inputSize }: InputAttributes): Sizes {
  const [batch, channels, rows, columns] = imageType('adaptiveAveragePool2dGradient', cotangent);
  return { batch, channels, input: checkedSize('adaptiveAveragePool2dGradient', inputSize), output: [rows, columns] };
}

const f32 = ({ batch, channels }: Sizes, size: Pair): TensorType => ({ shape: [batch, channels, ...size], type: 'f32' });

/** [first, end) of window i of n along s elements. */
const windowOf = (i: number, n: number, s: number): readonly [number, number] => [Math.floor((i * s) / n), Math.ceil(((i + 1) * s) / n)];

/** One addition for each element of each window. */
function additions({ batch, channels, input, output }: Sizes): number {
  const along = (axis: 0 | 1) =>
    Array.from({ length: output[axis] }, (_, window) => {
      const [first, end] = windowOf(window, output[axis], input[axis]);
      return end - first;
    }).reduce((total, length) => total + length, 0);
  return batch * channels * along(0) * along(1);
}

/** Calls `visit` with the linear indices of each window and of each element in it, and with the number of its elements. */
function eachElement({ batch, channels, input, output }: Sizes, visit: (window: number, element: number, count: number) => void): void {
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let y = 0; y < output[0]; y++) {
      const [top, bottom] = windowOf(y, output[0], input[0]);
      for (let x = 0; x < output[1]; x++) {
        const [left, right] = windowOf(x, output[1], input[1]);
        for (let row = top; row < bottom; row++)
          for (let column = left; column < right; column++)
            visit((plane * output[0] + y) * output[1] + x, (plane * input[0] + row) * input[1] + column, (bottom - top) * (right - left));
      }
    }
  }
}

/** `first` and `end`, WGSL expressions, of the window at `position` of `windows` along `size` elements. Both passes use them. */
const bounds = (position: string, windows: number, size: number): readonly [string, string] => [
  `${position} * ${u(size)} / ${u(windows)}`,
  `((${position} + 1u) * ${u(size)} + ${u(windows - 1)}) / ${u(windows)}`,
];

/** One invocation an element of [batch, channels, rows, columns]: `lines` compute `sum`, a loop each for rows and columns of the source. */
function summing(
  context: KernelContext,
  { batch, channels }: Sizes,
  [rows, columns]: Pair,
  [sourceRows, sourceColumns]: Pair,
  term: (element: string) => string,
  result: string,
): KernelSource {
  const total = batch * channels * rows * columns;
  const [top, bottom] = bounds('row', rows, sourceRows);
  const [left, right] = bounds('column', columns, sourceColumns);
  return {
    variant: 'general',
    workgroupSize: [64, 1, 1],
    workgroups: [Math.ceil(total / 64), 1, 1],
    body: `if (global.x >= ${u(total)}) { return; }
let column = global.x % ${u(columns)};
let aboveColumn = global.x / ${u(columns)};
let row = aboveColumn % ${u(rows)};
let plane = aboveColumn / ${u(rows)};
let top = ${top};
let bottom = ${bottom};
let left = ${left};
let right = ${right};
var sum = 0.0;
for (var y = top; y < bottom; y++) {
  for (var x = left; x < right; x++) {
    sum += ${term(context.load(0, `(plane * ${u(sourceRows)} + y) * ${u(sourceColumns)} + x`))};
  }
}
${context.store([`plane / ${u(channels)}`, `plane % ${u(channels)}`, 'row', 'column'], result)}`,
  };
}

const cases: readonly { readonly name: string; readonly shape: Shape; readonly outputSize: Pair }[] = [
  { name: 'even windows', shape: [2, 3, 6, 4], outputSize: [3, 2] },
  { name: 'uneven windows', shape: [1, 2, 7, 5], outputSize: [3, 2] },
  { name: 'larger than the image', shape: [1, 2, 2, 3], outputSize: [5, 3] },
  { name: 'one window', shape: [2, 2, 3, 5], outputSize: [1, 1] },
];

export const adaptiveAveragePool2dOperation: KernelOperation<OutputAttributes> = {
  kind: 'kernel',
  name: 'adaptiveAveragePool2d',
  infer: ([x], attributes) => {
    const sizes = forwardSizes(x, attributes);
    return f32(sizes, sizes.output);
  },
  gradient: ({ inputs: [x], cotangent }) => (x ? [adaptiveAveragePool2dGradient(cotangent, [x.shape[2] ?? 0, x.shape[3] ?? 0])] : []),
  kernels: (context, attributes) => {
    const sizes = forwardSizes(context.inputs[0], attributes);
    return [summing(context, sizes, sizes.output, sizes.input, (element) => element, 'sum / f32((bottom - top) * (right - left))')];
  },
  reference: ([x], output, attributes) => {
    if (!x) return;
    output.data.fill(0);
    eachElement(forwardSizes({ shape: x.shape, type: 'f32' }, attributes), (window, element, count) => {
      output.data[window] = (output.data[window] ?? 0) + (x.data[element] ?? 0) / count;
    });
  },
  flops: ([x], attributes) => additions(forwardSizes(x, attributes)),
  samples: cases.map(({ name, shape, outputSize }) => ({ name, inputs: [floats(shape)], attributes: { outputSize } })),
};

/** ∂L/∂x from ∂L/∂y. The windows that cover an element are again [⌊i·n/s⌋, ⌈(i + 1)·n/s⌉). */
export const adaptiveAveragePool2dGradientOperation: KernelOperation<InputAttributes> = {
  kind: 'kernel',
  name: 'adaptiveAveragePool2dGradient',
  infer: ([cotangent], attributes) => {
    const sizes = gradientSizes(cotangent, attributes);
    return f32(sizes, sizes.input);
  },
  gradient: ({ inputs: [x], cotangent }) => (x ? [adaptiveAveragePool2d(cotangent, [x.shape[2] ?? 0, x.shape[3] ?? 0])] : []),
  kernels: (context, attributes) => {
    const sizes = gradientSizes(context.inputs[0], attributes);
    const { input, output } = sizes;
    const [top, bottom] = bounds('y', output[0], input[0]);
    const [left, right] = bounds('x', output[1], input[1]);
    const term = (element: string) => `${element} / f32((${bottom} - ${top}) * (${right} - ${left}))`;
    return [summing(context, sizes, input, output, term, 'sum')];
  },
  reference: ([cotangent], output, attributes) => {
    if (!cotangent) return;
    output.data.fill(0);
    eachElement(gradientSizes({ shape: cotangent.shape, type: 'f32' }, attributes), (window, element, count) => {
      output.data[element] = (output.data[element] ?? 0) + (cotangent.data[window] ?? 0) / count;
    });
  },
  flops: ([cotangent], attributes) => additions(gradientSizes(cotangent, attributes)),
  samples: cases.map(({ name, shape: [batch = 1, channels = 1, rows = 1, columns = 1], outputSize }) => ({
    name,
    inputs: [floats([batch, channels, ...outputSize])],
    attributes: { inputSize: [rows, columns] },
  })),
};

/** x [N, C, H, W] to [N, C, …outputSize]. Throws a ShapeError. */
export const adaptiveAveragePool2d = (x: Tensor, outputSize: Pair): Tensor => apply(adaptiveAveragePool2dOperation, [x], { outputSize });

const adaptiveAveragePool2dGradient = (cotangent: Tensor, inputSize: Pair): Tensor =>
  apply(adaptiveAveragePool2dGradientOperation, [cotangent], { inputSize });
