/** Mean over windows of two axes, padding counted as zeros (PyTorch's count_include_pad = True), and its adjoint. */
import { apply, type KernelContext, type KernelOperation, type KernelSource, type OperationSample, type Tensor } from '../graph/tensor';
import type { Pair } from './convolution-2d-sizes';
import { inferPooled, poolFlops, poolSizes, requirePair, type PoolAttributes, type PoolSizes } from './pool-2d-sizes';

export type AveragePoolGradientAttributes = PoolAttributes & { readonly inputSize: Pair };

const u = (value: number): string => `${String(value)}u`;

/** Calls `visit` with the linear indices of each window's result and of each element in it. */
function eachElement(
  { planes, input, output, kernelSize, stride, padding }: PoolSizes,
  visit: (window: number, position: number) => void,
): void {
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < output[0]; y++) {
      for (let x = 0; x < output[1]; x++) {
        for (let row = y * stride[0] - padding[0]; row < y * stride[0] - padding[0] + kernelSize[0]; row++) {
          if (row < 0 || row >= input[0]) continue;
          for (let column = x * stride[1] - padding[1]; column < x * stride[1] - padding[1] + kernelSize[1]; column++) {
            if (column < 0 || column >= input[1]) continue;
            visit((plane * output[0] + y) * output[1] + x, (plane * input[0] + row) * input[1] + column);
          }
        }
      }
    }
  }
}

/** One invocation an element of an image [batch, channels, rows, columns]: the sum of `load` over [from, until) in both axes. */
function summing(
  context: KernelContext,
  { batch, channels, kernelSize }: PoolSizes,
  [rows, columns]: Pair,
  [sourceRows, sourceColumns]: Pair,
  bounds: (axis: 0 | 1, position: string) => readonly [string, string],
): KernelSource {
  const total = batch * channels * rows * columns;
  const [firstRow, endRow] = bounds(0, 'row');
  const [firstColumn, endColumn] = bounds(1, 'column');
  return {
    variant: 'general',
    workgroupSize: [64, 1, 1],
    workgroups: [Math.ceil(total / 64), 1, 1],
    body: `if (global.x >= ${u(total)}) { return; }
let column = global.x % ${u(columns)};
let aboveColumn = global.x / ${u(columns)};
let row = aboveColumn % ${u(rows)};
let plane = aboveColumn / ${u(rows)};
var sum = 0.0;
for (var y = ${firstRow}; y < ${endRow}; y++) {
  for (var x = ${firstColumn}; x < ${endColumn}; x++) {
    sum += ${context.load(0, `(plane * ${u(sourceRows)} + y) * ${u(sourceColumns)} + x`)};
  }
}
${context.store([`plane / ${u(channels)}`, `plane % ${u(channels)}`, 'row', 'column'], `sum / ${String(kernelSize[0] * kernelSize[1])}.0`)}`,
  };
}

const cases: readonly { readonly name: string; readonly shape: readonly number[]; readonly attributes: PoolAttributes }[] = [
  { name: '2×2', shape: [2, 3, 6, 8], attributes: { kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] } },
  { name: 'overlapping and padded', shape: [2, 2, 7, 6], attributes: { kernelSize: [3, 3], stride: [2, 1], padding: [1, 1] } },
  { name: 'stride over the window', shape: [1, 2, 7, 8], attributes: { kernelSize: [2, 2], stride: [3, 3], padding: [0, 0] } },
  { name: 'whole image', shape: [2, 3, 4, 5], attributes: { kernelSize: [4, 5], stride: [1, 1], padding: [0, 0] } },
];

const samplesOf = (
  make: (x: { shape: readonly number[]; type: 'f32' }, attributes: PoolAttributes) => Omit<OperationSample, 'name'>,
): OperationSample[] => cases.map(({ name, shape, attributes }) => ({ name, ...make({ shape, type: 'f32' }, attributes) }));

/** y[n, c, i, j] = Σ of x over the window / (kernel height · kernel width). */
export const averagePool2dOperation: KernelOperation<PoolAttributes> = {
  kind: 'kernel',
  name: 'averagePool2d',
  infer: (inputs, attributes) => inferPooled('averagePool2d', inputs[0], attributes),
  gradient: ({ inputs: [x], cotangent, attributes }) =>
    x ? [averagePool2dGradient(cotangent, { ...attributes, inputSize: [x.shape[2] ?? 0, x.shape[3] ?? 0] })] : [],
  kernels: (context, attributes) => {
    const sizes = poolSizes('averagePool2d', context.inputs[0], attributes);
    const { input, output, kernelSize, stride, padding } = sizes;
    return [
      summing(context, sizes, output, input, (axis, position) => [
        `max(${position} * ${u(stride[axis])}, ${u(padding[axis])}) - ${u(padding[axis])}`,
        `min(${position} * ${u(stride[axis])} + ${u(kernelSize[axis])} - ${u(padding[axis])}, ${u(input[axis])})`,
      ]),
    ];
  },
  flops: ([x], attributes) => poolFlops(poolSizes('averagePool2d', x, attributes)),
  reference: ([x], output, attributes) => {
    if (!x) return;
    const area = attributes.kernelSize[0] * attributes.kernelSize[1];
    output.data.fill(0);
    eachElement(poolSizes('averagePool2d', { shape: x.shape, type: 'f32' }, attributes), (window, position) => {
      output.data[window] = (output.data[window] ?? 0) + (x.data[position] ?? 0) / area;
    });
  },
  samples: samplesOf((x, attributes) => ({ inputs: [x], attributes })),
};

function gradientSizes(cotangent: { readonly shape: readonly number[] } | undefined, attributes: AveragePoolGradientAttributes): PoolSizes {
  const [batch = 0, channels = 0] = cotangent?.shape ?? [];
  return poolSizes('averagePool2dGradient', { shape: [batch, channels, ...attributes.inputSize], type: 'f32' }, attributes);
}

/** ∂L/∂x from ∂L/∂y: every element gets its share of each window that covers it. */
export const averagePool2dGradientOperation: KernelOperation<AveragePoolGradientAttributes> = {
  kind: 'kernel',
  name: 'averagePool2dGradient',
  infer: ([cotangent], attributes) => {
    const { batch, channels, input, output } = gradientSizes(cotangent, attributes);
    requirePair('averagePool2dGradient', { shape: [batch, channels, ...output], type: 'f32' }, cotangent);
    return { shape: [batch, channels, ...input], type: 'f32' };
  },
  gradient: ({ cotangent, attributes: { kernelSize, stride, padding } }) => [averagePool2d(cotangent, { kernelSize, stride, padding })],
  kernels: (context, attributes) => {
    const sizes = gradientSizes(context.inputs[0], attributes);
    const { input, output, kernelSize, stride, padding } = sizes;
    // Window y covers a row when y·stride ≤ row + padding < y·stride + kernel.
    return [
      summing(context, sizes, input, output, (axis, position) => [
        `(max(${position} + ${u(padding[axis] + stride[axis])}, ${u(kernelSize[axis])}) - ${u(kernelSize[axis])}) / ${u(stride[axis])}`,
        `min((${position} + ${u(padding[axis])}) / ${u(stride[axis])} + 1u, ${u(output[axis])})`,
      ]),
    ];
  },
  flops: ([cotangent], attributes) => poolFlops(gradientSizes(cotangent, attributes)),
  reference: ([cotangent], output, attributes) => {
    if (!cotangent) return;
    const area = attributes.kernelSize[0] * attributes.kernelSize[1];
    output.data.fill(0);
    eachElement(gradientSizes(cotangent, attributes), (window, position) => {
      output.data[position] = (output.data[position] ?? 0) + (cotangent.data[window] ?? 0) / area;
    });
  },
  samples: samplesOf((x, attributes) => ({
    inputs: [inferPooled('averagePool2d', x, attributes)],
    attributes: { ...attributes, inputSize: [x.shape[2] ?? 0, x.shape[3] ?? 0] },
  })),
};

/** x [N, C, H, W] to [N, C, H′, W′], H′ = ⌊(H + 2·padding − kernelSize) / stride⌋ + 1. Throws a ShapeError. */
export const averagePool2d = (x: Tensor, attributes: PoolAttributes): Tensor => apply(averagePool2dOperation, [x], attributes);

const averagePool2dGradient = (cotangent: Tensor, attributes: AveragePoolGradientAttributes): Tensor =>
  apply(averagePool2dGradientOperation, [cotangent], attributes);
