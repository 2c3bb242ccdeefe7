/**
 * Maximum over windows of two axes, and its gradient. Where several elements of a window are the largest, the first in
 * row-major order takes the gradient; NaN is the largest, and the last NaN takes it (as in PyTorch). Padding never wins.
 */
import {
  apply,
  type KernelContext,
  type KernelOperation,
  type KernelSource,
  type OperationSample,
  type Shape,
  type Tensor,
} from '../graph/tensor';
import { isNaN } from './not-a-number';
import { inferPooled, poolFlops, poolSizes, requirePair, type PoolAttributes, type PoolSizes } from './pool-2d-sizes';

const u = (value: number): string => `${String(value)}u`;

/** Calls `visit` with the linear index of each window's result and of its first largest element. */
function eachMaximum(x: Float64Array, sizes: PoolSizes, visit: (window: number, position: number) => void): void {
  const { planes, input, output, kernelSize, stride, padding } = sizes;
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < output[0]; y++) {
      for (let column = 0; column < output[1]; column++) {
        let best = -1;
        for (let ky = 0; ky < kernelSize[0]; ky++) {
          const row = y * stride[0] + ky - padding[0];
          if (row < 0 || row >= input[0]) continue;
          for (let kx = 0; kx < kernelSize[1]; kx++) {
            const inputColumn = column * stride[1] + kx - padding[1];
            if (inputColumn < 0 || inputColumn >= input[1]) continue;
            const position = (plane * input[0] + row) * input[1] + inputColumn;
            const value = x[position] ?? 0;
            if (best < 0 || value > (x[best] ?? 0) || Number.isNaN(value)) best = position;
          }
        }
        visit((plane * output[0] + y) * output[1] + column, best);
      }
    }
  }
}

/** A WGSL function from a window (plane, row, column of the output) to the linear index of its first largest element. */
function positionFunction(context: KernelContext, { input, kernelSize, stride, padding }: PoolSizes): string {
  return `fn positionOfMaximum(plane: u32, y: u32, x: u32) -> u32 {
  let top = y * ${u(stride[0])};
  let left = x * ${u(stride[1])};
  let firstRow = max(top, ${u(padding[0])}) - ${u(padding[0])};
  let firstColumn = max(left, ${u(padding[1])}) - ${u(padding[1])};
  let endRow = min(top + ${u(kernelSize[0])} - ${u(padding[0])}, ${u(input[0])});
  let endColumn = min(left + ${u(kernelSize[1])} - ${u(padding[1])}, ${u(input[1])});
  var position = (plane * ${u(input[0])} + firstRow) * ${u(input[1])} + firstColumn;
  var best = ${context.load(0, 'position')};
  for (var row = firstRow; row < endRow; row++) {
    for (var column = firstColumn; column < endColumn; column++) {
      let here = (plane * ${u(input[0])} + row) * ${u(input[1])} + column;
      let value = ${context.load(0, 'here')};
      if (value > best || ${isNaN('value')}) { best = value; position = here; }
    }
  }
  return position;
}`;
}

/** One invocation an element of [planes / channels, channels, rows, columns], named `item`, `channel`, `row`, `column`. */
function perElement(
  channels: number,
  batch: number,
  [rows, columns]: readonly [number, number],
  body: string[],
): Omit<KernelSource, 'variant'> {
  const total = batch * channels * rows * columns;
  return {
    workgroupSize: [64, 1, 1],
    workgroups: [Math.ceil(total / 64), 1, 1],
    body: [
      `if (global.x >= ${u(total)}) { return; }`,
      `let column = global.x % ${u(columns)};`,
      `let aboveColumn = global.x / ${u(columns)};`,
      `let row = aboveColumn % ${u(rows)};`,
      `let plane = aboveColumn / ${u(rows)};`,
      `let channel = plane % ${u(channels)};`,
      `let item = plane / ${u(channels)};`,
      ...body,
    ].join('\n'),
  };
}

const disjoint = ({ kernelSize, stride, padding }: PoolSizes): boolean =>
  kernelSize[0] === stride[0] && kernelSize[1] === stride[1] && padding[0] === 0 && padding[1] === 0;

/** Reads a window once, unrolled, and hands each element and its place on: for windows that do not overlap and have no padding. */
function unrolledWindow(context: KernelContext, { input, kernelSize }: PoolSizes): string[] {
  const [height, width] = kernelSize;
  const lines = [`let corner = (plane * ${u(input[0])} + row * ${u(height)}) * ${u(input[1])} + column * ${u(width)};`];
  for (let ky = 0; ky < height; ky++) {
    for (let kx = 0; kx < width; kx++) {
      const index = ky * width + kx;
      lines.push(`let value${String(index)} = ${context.load(0, `corner + ${u(ky * input[1] + kx)}`)};`);
    }
  }
  return lines;
}

/** An element of an unrolled window, and whether it is greater than the best before, or NaN. */
const winning = (position: number): readonly [value: string, wins: string] => {
  const value = `value${String(position)}`;
  return [value, `${value} > best || ${isNaN(value)}`];
};

function forwardKernels(context: KernelContext, sizes: PoolSizes): readonly KernelSource[] {
  const { batch, channels, output, kernelSize } = sizes;
  const index = ['item', 'channel', 'row', 'column'];
  if (disjoint(sizes) && kernelSize[0] * kernelSize[1] <= 25) {
    const body = [...unrolledWindow(context, sizes), 'var best = value0;'];
    for (let position = 1; position < kernelSize[0] * kernelSize[1]; position++)
      body.push(`best = select(best, ${winning(position).join(', ')});`);
    return [{ variant: 'disjoint', ...perElement(channels, batch, output, [...body, context.store(index, 'best')]) }];
  }
  return [
    {
      variant: 'general',
      declarations: positionFunction(context, sizes),
      ...perElement(channels, batch, output, [
        'let position = positionOfMaximum(plane, row, column);',
        context.store(index, context.load(0, 'position')),
      ]),
    },
  ];
}

function gradientKernels(context: KernelContext, sizes: PoolSizes): readonly KernelSource[] {
  const { batch, channels, input, output, kernelSize, stride, padding } = sizes;
  if (disjoint(sizes) && kernelSize[0] * kernelSize[1] <= 25) {
    // One invocation a window, and one for each place where a window would no longer fit: those elements get zero.
    const blocks = [Math.ceil(input[0] / stride[0]), Math.ceil(input[1] / stride[1])] as const;
    const exact = blocks[0] === output[0] && blocks[1] === output[1];
    const whole = exact ? [] : [`row < ${u(output[0])}`, `column < ${u(output[1])}`];
    const read = context.load(1, `(plane * ${u(output[0])} + row) * ${u(output[1])} + column`);
    const count = kernelSize[0] * kernelSize[1];
    const body = [
      ...unrolledWindow(context, sizes),
      `let cotangent = ${whole.length === 0 ? read : `select(0.0, ${read}, ${whole.join(' && ')})`};`,
      'var best = value0;',
      'var winner = 0u;',
    ];
    for (let position = 1; position < count; position++) {
      const [value, wins] = winning(position);
      body.push(`winner = select(winner, ${u(position)}, ${wins});`, `best = select(best, ${value}, ${wins});`);
    }
    for (let position = 0; position < count; position++) {
      const [ky, kx] = [Math.floor(position / kernelSize[1]), position % kernelSize[1]];
      const index = ['item', 'channel', `row * ${u(kernelSize[0])} + ${u(ky)}`, `column * ${u(kernelSize[1])} + ${u(kx)}`];
      const store = context.store(index, `select(0.0, cotangent, winner == ${u(position)})`);
      const inside = exact && input[0] % stride[0] === 0 && input[1] % stride[1] === 0;
      body.push(inside ? store : `if (${String(index[2])} < ${u(input[0])} && ${String(index[3])} < ${u(input[1])}) { ${store} }`);
    }
    return [{ variant: 'disjoint', ...perElement(channels, batch, blocks, body) }];
  }
  // Every element looks at the windows that cover it: window y covers row when y·stride ≤ row + padding < y·stride + kernel.
  const first = (axis: 0 | 1, position: string): string =>
    `(max(${position} + ${u(padding[axis] + stride[axis])}, ${u(kernelSize[axis])}) - ${u(kernelSize[axis])}) / ${u(stride[axis])}`;
  const end = (axis: 0 | 1, position: string): string =>
    `min((${position} + ${u(padding[axis])}) / ${u(stride[axis])} + 1u, ${u(output[axis])})`;
  return [
    {
      variant: 'general',
      declarations: positionFunction(context, sizes),
      ...perElement(channels, batch, input, [
        'var sum = 0.0;',
        `for (var y = ${first(0, 'row')}; y < ${end(0, 'row')}; y++) {`,
        `  for (var x = ${first(1, 'column')}; x < ${end(1, 'column')}; x++) {`,
        '    if (positionOfMaximum(plane, y, x) == global.x) {',
        `      sum += ${context.load(1, `(plane * ${u(output[0])} + y) * ${u(output[1])} + x`)};`,
        '    }',
        '  }',
        '}',
        context.store(['item', 'channel', 'row', 'column'], 'sum'),
      ]),
    },
  ];
}

const cases: readonly { readonly name: string; readonly shape: Shape; readonly attributes: PoolAttributes }[] = [
  { name: '2×2', shape: [2, 3, 6, 8], attributes: { kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] } },
  { name: '2×2 that leaves a rest', shape: [1, 2, 5, 7], attributes: { kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] } },
  { name: 'overlapping and padded', shape: [2, 2, 7, 6], attributes: { kernelSize: [3, 3], stride: [2, 1], padding: [1, 1] } },
  { name: 'stride over the window', shape: [1, 2, 7, 8], attributes: { kernelSize: [2, 2], stride: [3, 3], padding: [0, 0] } },
];

const samplesWith = (second: 'none' | 'output' | 'input'): OperationSample[] =>
  cases.map(({ name, shape, attributes }) => {
    const x = { shape, type: 'f32' as const };
    const extra = second === 'none' ? [] : [second === 'input' ? x : inferPooled('maxPool2d', x, attributes)];
    return { name, inputs: [x, ...extra], attributes };
  });

/** y[n, c, i, j] = the largest of x[n, c, i·stride − padding …, j·stride − padding …]. */
export const maxPool2dOperation: KernelOperation<PoolAttributes> = {
  kind: 'kernel',
  name: 'maxPool2d',
  infer: (inputs, attributes) => inferPooled('maxPool2d', inputs[0], attributes),
  gradient: ({ inputs: [x], cotangent, attributes }) => (x ? [maxPool2dGradient(x, cotangent, attributes)] : []),
  kernels: (context, attributes) => forwardKernels(context, poolSizes('maxPool2d', context.inputs[0], attributes)),
  flops: ([x], attributes) => poolFlops(poolSizes('maxPool2d', x, attributes)),
  reference: ([x], output, attributes) => {
    if (!x) return;
    eachMaximum(x.data, poolSizes('maxPool2d', { shape: x.shape, type: 'f32' }, attributes), (window, position) => {
      output.data[window] = x.data[position] ?? 0;
    });
  },
  samples: samplesWith('none'),
};

/** ∂L/∂x from x and ∂L/∂y: each window gives its cotangent to its first largest element. */
export const maxPool2dGradientOperation: KernelOperation<PoolAttributes> = {
  kind: 'kernel',
  name: 'maxPool2dGradient',
  infer: ([x, cotangent], attributes) => {
    requirePair('maxPool2dGradient', inferPooled('maxPool2dGradient', x, attributes), cotangent);
    return { shape: x?.shape ?? [], type: 'f32' };
  },
  // Piecewise constant in x, linear in the cotangent.
  gradient: ({ inputs: [x], cotangent, attributes }) => (x ? [null, maxPool2dSelect(x, cotangent, attributes)] : []),
  kernels: (context, attributes) => gradientKernels(context, poolSizes('maxPool2dGradient', context.inputs[0], attributes)),
  flops: ([x], attributes) => poolFlops(poolSizes('maxPool2dGradient', x, attributes)),
  reference: ([x, cotangent], output, attributes) => {
    if (!x || !cotangent) return;
    output.data.fill(0);
    eachMaximum(x.data, poolSizes('maxPool2dGradient', { shape: x.shape, type: 'f32' }, attributes), (window, position) => {
      output.data[position] = (output.data[position] ?? 0) + (cotangent.data[window] ?? 0);
    });
  },
  samples: samplesWith('output'),
};

/** values at each window's first largest element of x: the adjoint of maxPool2dGradient, for second derivatives. */
export const maxPool2dSelectOperation: KernelOperation<PoolAttributes> = {
  kind: 'kernel',
  name: 'maxPool2dSelect',
  infer: ([x, values], attributes) => {
    if (x) requirePair('maxPool2dSelect', x, values);
    return inferPooled('maxPool2dSelect', x, attributes);
  },
  gradient: ({ inputs: [x], cotangent, attributes }) => (x ? [null, maxPool2dGradient(x, cotangent, attributes)] : []),
  kernels: (context, attributes) => {
    const sizes = poolSizes('maxPool2dSelect', context.inputs[0], attributes);
    return [
      {
        variant: 'general',
        declarations: positionFunction(context, sizes),
        ...perElement(sizes.channels, sizes.batch, sizes.output, [
          'let position = positionOfMaximum(plane, row, column);',
          context.store(['item', 'channel', 'row', 'column'], context.load(1, 'position')),
        ]),
      },
    ];
  },
  flops: ([x], attributes) => poolFlops(poolSizes('maxPool2dSelect', x, attributes)),
  reference: ([x, values], output, attributes) => {
    if (!x || !values) return;
    eachMaximum(x.data, poolSizes('maxPool2dSelect', { shape: x.shape, type: 'f32' }, attributes), (window, position) => {
      output.data[window] = values.data[position] ?? 0;
    });
  },
  samples: samplesWith('input'),
};

/**
 * x [N, C, H, W] to [N, C, H′, W′], H′ = ⌊(H + 2·padding − kernelSize) / stride⌋ + 1. The padding is at most half the
 * kernel. Throws a ShapeError.
 */
export const maxPool2d = (x: Tensor, attributes: PoolAttributes): Tensor => apply(maxPool2dOperation, [x], attributes);

const maxPool2dGradient = (x: Tensor, cotangent: Tensor, attributes: PoolAttributes): Tensor =>
  apply(maxPool2dGradientOperation, [x, cotangent], attributes);

const maxPool2dSelect = (x: Tensor, values: Tensor, attributes: PoolAttributes): Tensor =>
  apply(maxPool2dSelectOperation, [x, values], attributes);
