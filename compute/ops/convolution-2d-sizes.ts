/** Attributes and sizes of the three convolution products, shared by their operations and kernels. */
import { formatShape, ShapeError, type Shape } from '../graph/tensor';

/** [vertical, horizontal]. */
export type Pair = readonly [number, number];

export type Convolution2dAttributes = {
  readonly stride: Pair;
  /** Zeros added on both sides of each axis. */
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
};
export type InputGradientAttributes = Convolution2dAttributes & { readonly inputSize: Pair };
export type WeightGradientAttributes = Convolution2dAttributes & { readonly kernelSize: Pair };

export interface Convolution2dSizes extends Convolution2dAttributes {
  readonly batch: number;
  readonly inputChannels: number;
  readonly input: Pair;
  readonly outputChannels: number;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly inputChannelsPerGroup: number;
  readonly outputChannelsPerGroup: number;
}

/** Positions that a window of `kernel` elements takes along an axis: ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1. */
export const windowCount = (size: number, kernel: number, stride: number, padding: number, dilation = 1): number =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

/** Joins the shapes of input [N, C, H, W], weight [O, C/groups, kh, kw] and output [N, O, H′, W′]; throws a ShapeError if they do not fit. */
export function convolution2dSizes(
  operation: string,
  shapes: { readonly input: Shape; readonly weight: Shape; readonly output?: Shape },
  { stride, padding, dilation, groups }: Convolution2dAttributes,
): Convolution2dSizes {
  const { input, weight } = shapes;
  const [batch = 0, inputChannels = 0, height = 0, width = 0] = input;
  const [outputChannels = 0, inputChannelsPerGroup = 0, kernelHeight = 0, kernelWidth = 0] = weight;
  const actual = `input ${formatShape(input)}, weight ${formatShape(weight)}, ${String(groups)} groups`;
  if (input.length !== 4 || weight.length !== 4) throw new ShapeError(operation, 'input N×C×H×W and weight O×C×h×w', actual);
  if (inputChannelsPerGroup * groups !== inputChannels || outputChannels % groups !== 0) {
    throw new ShapeError(operation, 'channels divided evenly among the groups', actual);
  }
  const outputHeight = windowCount(height, kernelHeight, stride[0], padding[0], dilation[0]);
  const outputWidth = windowCount(width, kernelWidth, stride[1], padding[1], dilation[1]);
  if (outputHeight < 1 || outputWidth < 1) throw new ShapeError(operation, 'a kernel no larger than the padded input', actual);
  const expected = [batch, outputChannels, outputHeight, outputWidth];
  if (shapes.output && (shapes.output.length !== 4 || shapes.output.some((size, axis) => size !== expected[axis]))) {
    throw new ShapeError(operation, `output ${formatShape(expected)}`, formatShape(shapes.output));
  }
  return {
    ...{ stride, padding, dilation, groups, batch, inputChannels, outputChannels, inputChannelsPerGroup },
    input: [height, width],
    output: [outputHeight, outputWidth],
    kernel: [kernelHeight, kernelWidth],
    outputChannelsPerGroup: outputChannels / groups,
  };
}
