/** The kernels of the CPU device held against the operations' own float64 reference: on their samples and on awkward sizes. */
import { describe, expect, test } from 'vitest';
import { sizeOf, type Attributes, type KernelOperation, type OperationSample, type TensorType } from '../../../graph/tensor';
import {
  convolution2dInputGradientOperation,
  convolution2dOperation,
  convolution2dWeightGradientOperation,
} from '../../../ops/convolution-2d.op';
import { matrixProductOperation } from '../../../ops/matrix-product.op';
import type { CpuFeatures } from '../kernel';
import { planners } from './registry';
import { preparePlan } from './testing/run-plan';

type Case = Pick<OperationSample, 'name' | 'inputs' | 'attributes'>;

/** Attributes are as the operation's own samples have them. */
type AnyOperation = Omit<KernelOperation<never>, 'kernels' | 'decompose' | 'flops' | 'gradient'>;

/** Numbers in -1 … 1, the same in each run. */
function draw(count: number, seed: number): Float32Array {
  let state = seed * 7919 + 17;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const dataOf = ({ shape, values, range: [low, high] = [-1, 1] }: OperationSample['inputs'][number], seed: number): Float32Array =>
  values ? Float32Array.from(values) : draw(sizeOf(shape), seed).map((value) => low + ((value + 1) / 2) * (high - low));

/** The largest difference from the reference, relative to the largest number of the result, and what is wrong otherwise. */
async function worstOf(operation: AnyOperation, { inputs, attributes }: Case, features: CpuFeatures): Promise<number> {
  const given = attributes as never; // They are the operation's own.
  const types: TensorType[] = inputs.map(({ shape, type }) => ({ shape, type }));
  const output = operation.infer(types, given);
  const planner = planners.get(operation.name);
  if (!planner) throw new Error(`${operation.name} has no planner`);
  const plan = planner({ inputs: types, output, features }, given);
  const data = inputs.map(dataOf);
  const expected = { shape: output.shape, data: new Float64Array(sizeOf(output.shape)) };
  operation.reference(
    data.map((values, index) => ({ shape: inputs[index]!.shape, data: Float64Array.from(values) })),
    expected,
    given,
  );
  const prepared = await preparePlan(plan, types, output);
  prepared.inputs.forEach((view, index) => view.set(data[index]!));
  prepared.run();
  prepared.watch();
  if (plan.filled !== null && sizeOf(output.shape) > 0) {
    const stages = plan.stages({ inputs: types.map(() => 64), output: 64, scratch: plan.sharedScratch.map(() => 64) });
    expect(stages.at(-1)?.tasks).toBe(Math.ceil(sizeOf(output.shape) / plan.filled));
  }
  const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return prepared.output.reduce((worst, value, index) => {
    const difference = Math.abs(value - expected.data[index]!) / largest;
    return difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

/**
 * Rounding of float32 is 2⁻²⁴ ≈ 6e-8 relative an operation; sums of at most 2,500 products of numbers of size 1, in tens of
 * separate parts, lose a few times its square root of what the largest of them is.
 */
const tolerance = 2e-6;

const f32 = (...shape: number[]) => ({ shape, type: 'f32' as const });

function suite(operation: AnyOperation, cases: readonly Case[]): void {
  describe(operation.name, () => {
    const all = [...operation.samples, ...cases];
    test.each(all.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
      expect(await worstOf(operation, one, { multiplyAdd: false })).toBeLessThan(tolerance);
    });
  });
}

const forms = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;
const product = (
  batch: number | null,
  rows: number,
  depth: number,
  columns: number,
  [transposeA, transposeB]: (typeof forms)[number],
): Case => ({
  name: `${batch === null ? '' : `${String(batch)} times `}${String(rows)}×${String(depth)}×${String(columns)} ${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`,
  inputs: [
    f32(...(batch === null ? [] : [batch]), ...(transposeA ? [depth, rows] : [rows, depth])),
    f32(...(batch === null ? [] : [batch]), ...(transposeB ? [columns, depth] : [depth, columns])),
  ],
  attributes: { transposeA, transposeB } satisfies Attributes,
});
const productSizes: readonly (readonly [number | null, number, number, number])[] = [
  ...([
    [null, 1, 1, 1],
    [null, 0, 3, 2],
    [null, 3, 0, 2],
    [null, 1, 13, 37],
    [null, 37, 13, 1],
    [null, 2, 9, 11],
  ] as const),
  ...([
    [null, 3, 5, 130],
    [null, 10, 128, 131],
    [null, 101, 103, 107],
    [null, 67, 801, 29],
    [null, 128, 784, 16],
  ] as const),
  ...([
    [null, 7, 40, 1111],
    [null, 256, 24, 100],
    [3, 50, 21, 33],
    [1, 40, 7, 40],
    [9, 17, 19, 23],
    [70, 5, 6, 7],
    [2, 1, 50, 20],
  ] as const),
];
suite(
  matrixProductOperation,
  productSizes.flatMap(([batch, rows, depth, columns]) => forms.map((form) => product(batch, rows, depth, columns, form))),
);

interface Convolution {
  readonly name: string;
  /** Batch, channels, height, width; channels of the output, kernel height and width. */
  readonly input: readonly [number, number, number, number];
  readonly weight: readonly [number, number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
}

const convolutions: readonly Convolution[] = [
  { name: 'a point', input: [1, 1, 1, 1], weight: [1, 1, 1] },
  { name: 'no images', input: [0, 2, 5, 5], weight: [3, 3, 3] },
  { name: 'same size', input: [2, 13, 11, 17], weight: [19, 3, 3], padding: [1, 1] },
  { name: 'small images of many channels', input: [3, 40, 3, 2], weight: [33, 3, 3], padding: [1, 1] },
  { name: 'kernel larger than a tile of taps', input: [2, 2, 14, 13], weight: [5, 7, 7], padding: [3, 3] },
  { name: '1×1 of many channels', input: [2, 37, 9, 7], weight: [50, 1, 1] },
  { name: '1×1 with stride', input: [2, 5, 9, 8], weight: [7, 1, 1], stride: [2, 2] },
  { name: 'stride 3 beyond the kernel', input: [2, 3, 17, 16], weight: [4, 2, 2], stride: [3, 3], padding: [1, 0] },
  { name: 'stride 2, 3×3, padded', input: [2, 6, 16, 16], weight: [10, 3, 3], stride: [2, 2], padding: [1, 1] },
  { name: 'stride 4, 11×11', input: [1, 3, 37, 39], weight: [6, 11, 11], stride: [4, 4], padding: [2, 2] },
  {
    name: 'stride and dilation share no factor',
    input: [2, 3, 19, 21],
    weight: [4, 3, 3],
    stride: [2, 3],
    padding: [4, 1],
    dilation: [3, 2],
  },
  { name: 'padding beyond the kernel', input: [1, 2, 4, 5], weight: [3, 2, 2], padding: [3, 4] },
  { name: 'depthwise', input: [3, 21, 10, 12], weight: [21, 3, 3], padding: [1, 1], groups: 21 },
  { name: 'depthwise with two outputs each', input: [2, 5, 9, 9], weight: [10, 3, 3], stride: [2, 2], padding: [1, 1], groups: 5 },
  { name: 'wide rows', input: [1, 2, 3, 150], weight: [3, 1, 5], padding: [0, 2] },
  { name: 'planes of 4 KiB', input: [1, 9, 32, 32], weight: [6, 1, 1] },
  { name: 'slabs of a few rows', input: [1, 70, 23, 60], weight: [9, 3, 3], padding: [1, 1] },
  { name: 'many images', input: [70, 2, 6, 5], weight: [3, 3, 2] },
  { name: 'the whole image at once', input: [9, 5, 4, 3], weight: [11, 4, 3] },
];

const convolutionCases = (
  make: (input: ReturnType<typeof f32>, weight: ReturnType<typeof f32>, output: TensorType, given: Attributes) => Omit<Case, 'name'>,
): Case[] =>
  convolutions.map(({ name, input, weight: [channels, ...kernel], stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 }) => {
    const [x, w] = [f32(...input), f32(channels, input[1] / groups, ...kernel)];
    const given = { stride, padding, dilation, groups };
    return { name, ...make(x, w, convolution2dOperation.infer([x, w], given), given) };
  });

suite(
  convolution2dOperation,
  convolutionCases((x, w, _y, attributes) => ({ inputs: [x, w], attributes })),
);
suite(
  convolution2dInputGradientOperation,
  convolutionCases((x, w, y, attributes) => ({ inputs: [y, w], attributes: { ...attributes, inputSize: x.shape.slice(2) } })),
);
suite(
  convolution2dWeightGradientOperation,
  convolutionCases((x, w, y, attributes) => ({ inputs: [x, y], attributes: { ...attributes, kernelSize: w.shape.slice(2) } })),
);
