/** The three products of a convolution in WebAssembly held against the operations' own float64 reference, at awkward sizes. */
import type { Attributes, TensorType } from '../../../graph/tensor';
import {
  convolution2dInputGradientOperation,
  convolution2dOperation,
  convolution2dWeightGradientOperation,
} from '../../../ops/convolution-2d.op';
import { nodeThreads } from '../../../../main/cli/threads';
import { findFeatures } from '../features';
import { describeKernel, f32, type KernelCase } from '../../../testing/kernel-comparison';

// Allows relaxed vectors, where Node asks to be told.
nodeThreads();
const roundings = [...new Set([false, findFeatures().multiplyAdd])];

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
  make: (input: ReturnType<typeof f32>, weight: ReturnType<typeof f32>, output: TensorType, given: Attributes) => Omit<KernelCase, 'name'>,
): KernelCase[] =>
  convolutions.map(({ name, input, weight: [channels, ...kernel], stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 }) => {
    const [x, w] = [f32(...input), f32(channels, input[1] / groups, ...kernel)];
    const given = { stride, padding, dilation, groups };
    return { name, ...make(x, w, convolution2dOperation.infer([x, w], given), given) };
  });

for (const multiplyAdd of roundings) {
  describeKernel(
    convolution2dOperation,
    convolutionCases((x, w, _y, attributes) => ({ inputs: [x, w], attributes })),
    { multiplyAdd },
  );
  describeKernel(
    convolution2dInputGradientOperation,
    convolutionCases((x, w, y, attributes) => ({ inputs: [y, w], attributes: { ...attributes, inputSize: x.shape.slice(2) } })),
    { multiplyAdd },
  );
  describeKernel(
    convolution2dWeightGradientOperation,
    convolutionCases((x, w, y, attributes) => ({ inputs: [x, y], attributes: { ...attributes, kernelSize: w.shape.slice(2) } })),
    { multiplyAdd },
  );
}
