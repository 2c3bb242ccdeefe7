/**
 * Convolution (in the networks' sense: cross-correlation) over two axes, and the two products that are its gradients.
 * The three close under differentiation: each one's gradient is made of the other two.
 */
import {
  apply,
  ShapeError,
  type GradientContext,
  type KernelOperation,
  type OperationSample,
  type Shape,
  type Tensor,
  type TensorType,
} from '../graph/tensor';
import { inputGradientKernels, convolution2dKernels } from './convolution-2d-kernels';
import {
  convolution2dSizes,
  type Convolution2dAttributes,
  type Convolution2dSizes,
  type InputGradientAttributes,
  type Pair,
  type WeightGradientAttributes,
} from './convolution-2d-sizes';
import { weightGradientKernels } from './convolution-2d-weight-gradient-kernels';
import { winogradConvolution, winogradInputGradient, winogradWeightGradient } from './winograd';

function two(operation: string, inputs: readonly TensorType[]): readonly [Shape, Shape] {
  const [a, b] = inputs;
  if (!a || !b || inputs.length !== 2) throw new ShapeError(operation, 'two inputs', String(inputs.length));
  if (a.type !== 'f32' || b.type !== 'f32') throw new ShapeError(operation, 'f32 inputs', `${a.type} and ${b.type}`);
  if (a.shape.length !== 4 || b.shape.length !== 4) {
    throw new ShapeError(operation, 'two inputs of rank 4', `ranks ${String(a.shape.length)} and ${String(b.shape.length)}`);
  }
  return [a.shape, b.shape];
}

const forwardSizes = (inputs: readonly TensorType[], attributes: Convolution2dAttributes): Convolution2dSizes => {
  const [input, weight] = two('convolution2d', inputs);
  return convolution2dSizes('convolution2d', { input, weight }, attributes);
};

const inputGradientSizes = (inputs: readonly TensorType[], attributes: InputGradientAttributes): Convolution2dSizes => {
  const [output, weight] = two('convolution2dInputGradient', inputs);
  const input = [output[0] ?? 0, (weight[1] ?? 0) * attributes.groups, ...attributes.inputSize];
  return convolution2dSizes('convolution2dInputGradient', { input, weight, output }, attributes);
};

const weightGradientSizes = (inputs: readonly TensorType[], attributes: WeightGradientAttributes): Convolution2dSizes => {
  const [input, output] = two('convolution2dWeightGradient', inputs);
  const weight = [output[1] ?? 0, Math.floor((input[1] ?? 0) / attributes.groups), ...attributes.kernelSize];
  return convolution2dSizes('convolution2dWeightGradient', { input, weight, output }, attributes);
};

/** Of each of the three products: one multiplication and one addition for each pair of an output and a weight that it sees, padding included. */
const convolutionFlops = ({ batch, outputChannels, inputChannelsPerGroup, output, kernel }: Convolution2dSizes): number =>
  2 * batch * outputChannels * output[0] * output[1] * inputChannelsPerGroup * kernel[0] * kernel[1];

const plain = ({ stride, padding, dilation, groups }: Convolution2dAttributes): Convolution2dAttributes => ({
  stride,
  padding,
  dilation,
  groups,
});

const spatial = (tensor: TensorType): Pair => [tensor.shape[2] ?? 0, tensor.shape[3] ?? 0];

/**
 * Calls `visit` for every run of products along a row: `count` neighbouring outputs from linear index `output` on, each with
 * the one `weight`, and inputs from `input` on that are `step` apart.
 */
function eachRun(
  sizes: Convolution2dSizes,
  visit: (input: number, weight: number, output: number, count: number, step: number) => void,
): void {
  const { batch, inputChannels, outputChannels, inputChannelsPerGroup, outputChannelsPerGroup, stride, padding, dilation } = sizes;
  const [height, width] = sizes.input;
  const [outputHeight, outputWidth] = sizes.output;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  for (let item = 0; item < batch; item++) {
    for (let outputChannel = 0; outputChannel < outputChannels; outputChannel++) {
      const firstInputChannel = Math.floor(outputChannel / outputChannelsPerGroup) * inputChannelsPerGroup;
      for (let channel = 0; channel < inputChannelsPerGroup; channel++) {
        const inputPlane = (item * inputChannels + firstInputChannel + channel) * height * width;
        const outputPlane = (item * outputChannels + outputChannel) * outputHeight * outputWidth;
        const weightPlane = (outputChannel * inputChannelsPerGroup + channel) * kernelHeight * kernelWidth;
        for (let y = 0; y < outputHeight; y++) {
          for (let ky = 0; ky < kernelHeight; ky++) {
            const row = y * stride[0] + ky * dilation[0] - padding[0];
            if (row < 0 || row >= height) continue;
            for (let kx = 0; kx < kernelWidth; kx++) {
              // Outputs x whose column x · stride + shift lies in the input.
              const shift = kx * dilation[1] - padding[1];
              const first = Math.max(0, Math.ceil(-shift / stride[1]));
              const last = Math.min(outputWidth - 1, Math.floor((width - 1 - shift) / stride[1]));
              const start = inputPlane + row * width + first * stride[1] + shift;
              visit(start, weightPlane + ky * kernelWidth + kx, outputPlane + y * outputWidth + first, last - first + 1, stride[1]);
            }
          }
        }
      }
    }
  }
}

interface Case {
  readonly name: string;
  readonly input: Shape;
  readonly weight: Shape;
  readonly attributes: Convolution2dAttributes;
}

const attributes = (stride: Pair = [1, 1], padding: Pair = [0, 0], dilation: Pair = [1, 1], groups = 1): Convolution2dAttributes => ({
  stride,
  padding,
  dilation,
  groups,
});

const cases: readonly Case[] = [
  { name: '3×3', input: [2, 3, 7, 6], weight: [4, 3, 3, 3], attributes: attributes() },
  { name: 'padded 5×5', input: [2, 1, 8, 8], weight: [6, 1, 5, 5], attributes: attributes([1, 1], [2, 2]) },
  { name: 'stride 2×3', input: [2, 2, 9, 11], weight: [3, 2, 3, 2], attributes: attributes([2, 3], [1, 0]) },
  { name: 'stride that leaves a rest', input: [1, 2, 8, 8], weight: [3, 2, 3, 3], attributes: attributes([2, 2]) },
  { name: 'dilation 2×3', input: [1, 2, 9, 9], weight: [3, 2, 3, 2], attributes: attributes([1, 1], [2, 1], [2, 3]) },
  { name: 'two groups', input: [2, 4, 6, 6], weight: [6, 2, 3, 3], attributes: attributes([1, 1], [1, 1], [1, 1], 2) },
  { name: 'depthwise, stride and dilation', input: [1, 3, 9, 9], weight: [3, 1, 3, 3], attributes: attributes([2, 2], [2, 2], [2, 2], 3) },
  { name: '1×1', input: [3, 5, 4, 4], weight: [7, 5, 1, 1], attributes: attributes() },
  { name: 'many channels, padded', input: [2, 12, 5, 3], weight: [17, 12, 3, 3], attributes: attributes([1, 1], [1, 1]) },
  { name: 'many channels, even sizes', input: [3, 13, 6, 8], weight: [12, 13, 3, 3], attributes: attributes([1, 1], [0, 2]) },
  { name: 'groups of many channels', input: [1, 26, 4, 5], weight: [24, 13, 2, 3], attributes: attributes([1, 1], [0, 2], [1, 2], 2) },
  { name: 'many channels, stride', input: [3, 3, 7, 6], weight: [13, 3, 3, 2], attributes: attributes([2, 1], [1, 0]) },
  { name: 'one position', input: [2, 3, 4, 4], weight: [5, 3, 4, 4], attributes: attributes() },
];

const f32 = (shape: Shape): TensorType => ({ shape, type: 'f32' });

function samplesOf(
  make: (input: TensorType, weight: TensorType, output: TensorType, sample: Case) => Omit<OperationSample, 'name'>,
): OperationSample[] {
  return cases.map((sample) => {
    const { batch, outputChannels, output } = convolution2dSizes('convolution2d', sample, sample.attributes);
    return { name: sample.name, ...make(f32(sample.input), f32(sample.weight), f32([batch, outputChannels, ...output]), sample) };
  });
}

/** y[n, o, i, j] = Σ over c, h, w of x[n, c, i·stride + h·dilation − padding, …] · w[o, c, h, w]; zeros outside of x. */
export const convolution2dOperation: KernelOperation<Convolution2dAttributes> = {
  kind: 'kernel',
  name: 'convolution2d',
  infer: (inputs, given) => {
    const { batch, outputChannels, output } = forwardSizes(inputs, given);
    return f32([batch, outputChannels, ...output]);
  },
  gradient: ({ inputs, cotangent, attributes: given }: GradientContext<Convolution2dAttributes>) => {
    const [x, weight] = inputs;
    if (!x || !weight) return [];
    return [
      convolution2dInputGradient(cotangent, weight, { ...plain(given), inputSize: spatial(x) }),
      convolution2dWeightGradient(x, cotangent, { ...plain(given), kernelSize: spatial(weight) }),
    ];
  },
  kernels: (context, given) => convolution2dKernels(context, forwardSizes(context.inputs, given)),
  decompose: (inputs, given, profile) => {
    const [a, b] = inputs;
    return a && b ? winogradConvolution(a, b, forwardSizes(inputs, given), profile) : null;
  },
  flops: (inputs, given) => convolutionFlops(forwardSizes(inputs, given)),
  reference: ([x, weight], output, given) => {
    if (!x || !weight) return;
    output.data.fill(0);
    eachRun(convolution2dSizes('convolution2d', { input: x.shape, weight: weight.shape }, given), (i, w, o, count, step) => {
      const factor = weight.data[w] ?? 0;
      for (let n = 0; n < count; n++) output.data[o + n] = (output.data[o + n] ?? 0) + (x.data[i + n * step] ?? 0) * factor;
    });
  },
  samples: samplesOf((input, weight, _output, sample) => ({ inputs: [input, weight], attributes: sample.attributes })),
};

/** ∂L/∂x from ∂L/∂y and w: also known as the transposed convolution. */
export const convolution2dInputGradientOperation: KernelOperation<InputGradientAttributes> = {
  kind: 'kernel',
  name: 'convolution2dInputGradient',
  infer: (inputs, given) => {
    const { batch, inputChannels, input } = inputGradientSizes(inputs, given);
    return f32([batch, inputChannels, ...input]);
  },
  gradient: ({ inputs, cotangent, attributes: given }: GradientContext<InputGradientAttributes>) => {
    const [outputGradient, weight] = inputs;
    if (!outputGradient || !weight) return [];
    return [
      convolution2d(cotangent, weight, plain(given)),
      convolution2dWeightGradient(cotangent, outputGradient, { ...plain(given), kernelSize: spatial(weight) }),
    ];
  },
  kernels: (context, given) => inputGradientKernels(context, inputGradientSizes(context.inputs, given)),
  decompose: (inputs, given, profile) => {
    const [a, b] = inputs;
    return a && b ? winogradInputGradient(a, b, inputGradientSizes(inputs, given), profile) : null;
  },
  flops: (inputs, given) => convolutionFlops(inputGradientSizes(inputs, given)),
  reference: ([outputGradient, weight], output, given) => {
    if (!outputGradient || !weight) return;
    output.data.fill(0);
    const shapes = { input: output.shape, weight: weight.shape, output: outputGradient.shape };
    eachRun(convolution2dSizes('convolution2dInputGradient', shapes, given), (i, w, o, count, step) => {
      const factor = weight.data[w] ?? 0;
      for (let n = 0; n < count; n++)
        output.data[i + n * step] = (output.data[i + n * step] ?? 0) + (outputGradient.data[o + n] ?? 0) * factor;
    });
  },
  samples: samplesOf((input, weight, output, sample) => ({
    inputs: [output, weight],
    attributes: { ...sample.attributes, inputSize: spatial(input) },
  })),
};

/** ∂L/∂w from x and ∂L/∂y: a sum over batch and space. */
export const convolution2dWeightGradientOperation: KernelOperation<WeightGradientAttributes> = {
  kind: 'kernel',
  name: 'convolution2dWeightGradient',
  infer: (inputs, given) => {
    const { outputChannels, inputChannelsPerGroup, kernel } = weightGradientSizes(inputs, given);
    return f32([outputChannels, inputChannelsPerGroup, ...kernel]);
  },
  gradient: ({ inputs, cotangent, attributes: given }: GradientContext<WeightGradientAttributes>) => {
    const [x, outputGradient] = inputs;
    if (!x || !outputGradient) return [];
    return [
      convolution2dInputGradient(outputGradient, cotangent, { ...plain(given), inputSize: spatial(x) }),
      convolution2d(x, cotangent, plain(given)),
    ];
  },
  kernels: (context, given) => weightGradientKernels(context, weightGradientSizes(context.inputs, given)),
  decompose: (inputs, given, profile) => {
    const [a, b] = inputs;
    return a && b ? winogradWeightGradient(a, b, weightGradientSizes(inputs, given), profile) : null;
  },
  flops: (inputs, given) => convolutionFlops(weightGradientSizes(inputs, given)),
  reference: ([x, outputGradient], output, given) => {
    if (!x || !outputGradient) return;
    output.data.fill(0);
    const shapes = { input: x.shape, weight: output.shape, output: outputGradient.shape };
    eachRun(convolution2dSizes('convolution2dWeightGradient', shapes, given), (i, w, o, count, step) => {
      let sum = output.data[w] ?? 0;
      for (let n = 0; n < count; n++) sum += (x.data[i + n * step] ?? 0) * (outputGradient.data[o + n] ?? 0);
      output.data[w] = sum;
    });
  },
  samples: samplesOf((input, weight, output, sample) => ({
    inputs: [input, output],
    attributes: { ...sample.attributes, kernelSize: spatial(weight) },
  })),
};

/**
 * x [N, C, H, W] and weight [O, C/groups, kh, kw] give [N, O, H′, W′], H′ = ⌊(H + 2·padding − dilation·(kh − 1) − 1) / stride⌋ + 1.
 * Throws a ShapeError where the shapes do not fit.
 */
export const convolution2d = (x: Tensor, weight: Tensor, options: Partial<Convolution2dAttributes> = {}): Tensor =>
  apply(convolution2dOperation, [x, weight], { ...attributes(), ...options });

/** ∂L/∂x [N, C, H, W] of convolution2d; `inputSize` is [H, W], which the stride may leave open. */
export const convolution2dInputGradient = (outputGradient: Tensor, weight: Tensor, options: InputGradientAttributes): Tensor =>
  apply(convolution2dInputGradientOperation, [outputGradient, weight], options);

/** ∂L/∂weight [O, C/groups, kh, kw] of convolution2d; `kernelSize` is [kh, kw]. */
export const convolution2dWeightGradient = (x: Tensor, outputGradient: Tensor, options: WeightGradientAttributes): Tensor =>
  apply(convolution2dWeightGradientOperation, [x, outputGradient], options);
