/** A convolution of each channel by itself, with kernels of its own: PyTorch's Conv2d with as many groups as channels. */
import { success } from '../graph/problem';
import { weightOf } from './arguments';
import { convolve, onnxConvolution, pytorchConvolution } from './convolution';
import { biasInitializer, initializerParameter, weightInitializer } from './initializer-choice';
import { kerasDepthwise } from './keras-convolution';
import { defineLayer } from './layer';
import {
  dilationParameter,
  explicitPaddingParameter,
  imageOf,
  kernelSizeParameter,
  paddingModeParameter,
  pairOf,
  strideParameter,
  windowedSize,
} from './window';

const label = 'Depthwise conv 2D';

export const layer = defineLayer({
  kind: 'depthwise-conv2d',
  version: 1,
  label,
  group: 'convolution',
  help: 'Slides kernels over each channel by itself. Followed by a Conv 2D with a 1 × 1 kernel it does nearly what a full convolution does, with far fewer weights.',
  formula: 'y[c·m + o, i, j] = b[c·m + o] + Σ W[c·m + o, h, w] · x[c, i·stride + h·dilation − padding, j·stride + w·dilation − padding]',
  parameters: {
    multiplier: {
      type: 'integer',
      label: 'Channel multiplier',
      help: 'How many kernels each channel has.',
      default: 1,
      minimum: 1,
      maximum: 1024,
    },
    kernelSize: kernelSizeParameter('Kernel size', 3),
    stride: strideParameter(1),
    paddingMode: { ...paddingModeParameter, default: 'same' },
    padding: explicitPaddingParameter,
    dilation: dilationParameter,
    bias: { type: 'boolean', label: 'Bias', help: 'A learned number added to each channel.', default: true },
    initializer: initializerParameter,
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, parameters) => {
    const image = imageOf(label, inputs);
    if (!image.ok) return image;
    const [channels, height, width] = image.value;
    const size = windowedSize(label, [height, width], parameters);
    return size.ok ? success([channels * parameters.multiplier, ...size.value]) : size;
  },
  weights: ([input = []], { multiplier, kernelSize, bias, initializer }) => {
    const outChannels = (input[0] ?? 1) * multiplier;
    const [height, width] = pairOf(kernelSize);
    const fanIn = height * width;
    const weight = weightInitializer(initializer, fanIn, multiplier * height * width);
    return [
      { name: 'weight', shape: [outChannels, 1, height, width], role: 'parameter', initializer: weight },
      ...(bias
        ? [{ name: 'bias', shape: [outChannels], role: 'parameter', initializer: biasInitializer(initializer, fanIn) } as const]
        : []),
    ];
  },
  forward: ({ weights }, inputs, parameters) => {
    const groups = inputs[0]?.shape[1] ?? 1;
    const bias = parameters.bias ? weightOf(weights, 'bias') : null;
    return convolve(inputs, weightOf(weights, 'weight'), bias, { ...parameters, groups });
  },
  onnx: ({ inputs, output, weights, inputShapes: [image = []] }, parameters) => {
    const bias = parameters.bias ? [weightOf(weights, 'bias')] : [];
    const groups = image[0] ?? 1;
    return onnxConvolution([...inputs, weightOf(weights, 'weight'), ...bias], output, image, { ...parameters, groups });
  },
  keras: (context, parameters) => {
    const groups = context.inputShapes[0]?.[0] ?? 1;
    return kerasDepthwise(context, { ...parameters, groups }, parameters.bias);
  },
  pytorch: ([image = []], parameters) => {
    const groups = image[0] ?? 1;
    return pytorchConvolution(image, groups * parameters.multiplier, parameters.bias, { ...parameters, groups });
  },
  samples: [
    {
      name: 'same size',
      inputShapes: [[3, 4, 5]],
      parameters: {
        multiplier: 1,
        kernelSize: [3, 3],
        stride: [1, 1],
        paddingMode: 'same',
        padding: [0, 0],
        dilation: [1, 1],
        bias: true,
        initializer: 'uniform',
      },
    },
    {
      name: 'two kernels a channel, stride and dilation',
      inputShapes: [[2, 7, 6]],
      parameters: {
        multiplier: 2,
        kernelSize: [3, 2],
        stride: [2, 1],
        paddingMode: 'explicit',
        padding: [1, 1],
        dilation: [1, 2],
        bias: false,
        initializer: 'he-normal',
      },
    },
  ],
});
