/** The blocks of GPUs at sizes that fill no block, in all of their variants, against the reference; twice the same bytes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../../main/cli/gpu';
import { unwrap } from '../../graph/problem';
import type { Shape, Tensor } from '../../graph/tensor';
import { convolution2d, convolution2dInputGradient, convolution2dWeightGradient } from '../../ops/convolution-2d.op';
import { matrixProduct } from '../../ops/matrix-product.op';
import { relu } from '../../ops/relu.op';
import { deviationOf } from '../../testing/comparison';
import { drawInput } from '../../testing/draw';
import { evaluateOnce, evaluator, type GivenTensor } from '../../testing/evaluation';
import { openReferenceDevice } from '../reference/reference-device';
import { openWebGpuDevice, type WebGpuDevice } from './webgpu-device';

/** Of the greatest number of a result: float32 rounds by 6e-8 an operation, and sums of at most 4,000 terms by some tens of these. */
const tolerance = 1e-5;

interface Case {
  readonly name: string;
  readonly inputs: readonly Shape[];
  readonly build: (a: Tensor, b: Tensor) => Tensor;
  /** Of the variants that must be offered; each is tried. */
  readonly variants: readonly string[];
}

const none = new Float64Array();
const plain = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 } as const;

const cases: readonly Case[] = [
  {
    name: 'many large blocks, nothing transposed',
    inputs: [
      [24, 131, 17],
      [24, 17, 137],
    ],
    build: (a, b) => matrixProduct(a, b),
    variants: ['block-128wx128w'],
  },
  {
    name: 'large blocks of few columns',
    inputs: [
      [12289, 9],
      [9, 53],
    ],
    build: (a, b) => matrixProduct(a, b),
    // Of so little depth an invocation by itself is the best guess.
    variants: ['register-4x4', 'block-128wx64w'],
  },
  {
    name: 'blocks of all kinds, both transposed, and what follows',
    inputs: [
      [24, 24, 67],
      [24, 71, 24],
    ],
    build: (a, b) => relu(matrixProduct(a, b, { transposeA: true, transposeB: true })),
    variants: ['block-64wx64w', 'block-64x64', 'block-32x32', 'register-4x4'],
  },
  {
    name: 'a depth in parts, and what follows their sum',
    inputs: [
      [31, 1009],
      [1009, 37],
    ],
    build: (a, b) => relu(matrixProduct(a, b)),
    variants: ['block-32x32-splits-15', 'block-32x64-splits-13', 'block-32x32', 'register-4x4'],
  },
  {
    name: 'more workgroups than an axis may have',
    inputs: [
      [65539, 1, 3],
      [65539, 3, 2],
    ],
    build: (a, b) => matrixProduct(a, b),
    variants: ['register-1x2', 'block-16x16'],
  },
  {
    name: 'a convolution',
    inputs: [
      [5, 11, 13, 17],
      [37, 11, 3, 3],
    ],
    build: (a, b) => convolution2d(a, b, plain),
    variants: ['block-32x32', 'block-64x64', 'register-4x2'],
  },
  {
    name: 'the gradient of the input of a convolution',
    inputs: [
      [5, 37, 13, 17],
      [37, 67, 3, 3],
    ],
    build: (a, b) => convolution2dInputGradient(a, b, { ...plain, inputSize: [13, 17] }),
    variants: ['block-64x64-splits-5', 'block-32x32-splits-3', 'block-32x32', 'register-4x2x1'],
  },
  {
    name: 'the gradient of the input of a convolution with strides, in two groups',
    inputs: [
      [3, 14, 7, 5],
      [14, 10, 3, 5],
    ],
    build: (a, b) => convolution2dInputGradient(a, b, { ...plain, stride: [2, 3], padding: [1, 2], groups: 2, inputSize: [14, 13] }),
    variants: ['block-16x32', 'block-16x64', 'register-4x2x3'],
  },
  {
    name: 'the gradient of the input of a 1×1 convolution that leaves out every other position',
    inputs: [
      [3, 11, 4, 3],
      [11, 9, 1, 1],
    ],
    build: (a, b) => convolution2dInputGradient(a, b, { ...plain, stride: [2, 2], padding: [0, 0], inputSize: [7, 6] }),
    variants: ['block-16x32', 'block-16x64', 'register-3x2x2'],
  },
  {
    name: 'the gradient of the weights of a convolution',
    inputs: [
      [5, 11, 13, 17],
      [5, 37, 13, 17],
    ],
    build: (a, b) => convolution2dWeightGradient(a, b, { ...plain, kernelSize: [3, 3] }),
    variants: ['block-32x32-splits-16', 'block-64x64-splits-14', 'block-32x32'],
  },
];

describe('blocks of products', async () => {
  const found = await openNodeGpu();
  const oracle = openReferenceDevice();
  let device: WebGpuDevice;
  let wanted = 0;
  let offered: readonly string[] = [];
  beforeAll(async () => {
    const options = { software: false, chooseVariant: (_operation: string, variants: readonly string[]) => ((offered = variants), wanted) };
    device = unwrap(await openWebGpuDevice(found?.gpu ?? null, options));
  });
  afterAll(() => {
    device.dispose();
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', async (name, { inputs, build, variants }) => {
    const given = inputs.map((shape, position): GivenTensor => ({
      shape,
      type: 'f32',
      data: drawInput(`${name} ${String(position)}`, { shape, type: 'f32' }),
    }));
    const make = ([a, b]: readonly Tensor[]): Tensor[] => (a && b ? [build(a, b)] : []);
    const [expected = none] = await evaluateOnce(oracle, given, make);
    const greatest = expected.reduce((most: number, value) => Math.max(most, Math.abs(value)), 0);
    for (const [position, variant] of variants.entries()) {
      wanted = position;
      const compiled = await evaluator(device, given, make);
      const [first = none] = await compiled.run();
      const [again] = await compiled.run();
      compiled.dispose();
      expect(offered[position]).toBe(variant);
      expect(deviationOf(first, expected, greatest), variant).toBeLessThan(tolerance);
      expect(again, variant).toEqual(first);
    }
  });
});
