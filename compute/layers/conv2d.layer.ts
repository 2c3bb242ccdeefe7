/** Cross-correlation of an image with learned kernels, as PyTorch's Conv2d: weights [out, in/groups, height, width]. */
import { failure, success } from '../graph/problem';
import { weightOf } from './arguments';
import { convolve, onnxConvolution, pytorchConvolution } from './convolution';
import { biasInitializer, initializerParameter, weightInitializer } from './initializer-choice';
import { kerasConvolution } from './keras-convolution';
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

const label = 'Conv 2D';

export const layer = defineLayer({
  kind: 'conv2d',
  version: 1,
  label,
  group: 'convolution',
  help: 'Slides learned kernels over an image and gives one channel for each: where its pattern is found, the output is high.',
  formula: 'y[o, i, j] = b[o] + Σ W[o, c, h, w] · x[c, i·stride + h·dilation − padding, j·stride + w·dilation − padding]',
  parameters: {
    outChannels: {
      type: 'integer',
      label: 'Output channels',
      help: 'How many kernels are learned.',
      default: 8,
      minimum: 1,
      maximum: 65_536,
    },
    kernelSize: kernelSizeParameter('Kernel size', 3),
    stride: strideParameter(1),
    paddingMode: paddingModeParameter,
    padding: explicitPaddingParameter,
    dilation: dilationParameter,
    groups: {
      type: 'integer',
      label: 'Groups',
      help: 'Channels are split into so many groups that do not see each other. It must divide the input and the output channels.',
      default: 1,
      minimum: 1,
      maximum: 65_536,
    },
    bias: { type: 'boolean', label: 'Bias', help: 'A learned number added to each channel.', default: true },
    initializer: initializerParameter,
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, parameters) => {
    const image = imageOf(label, inputs);
    if (!image.ok) return image;
    const [channels, height, width] = image.value;
    const { outChannels, groups } = parameters;
    if (channels % groups !== 0) return failure('network.groups-input', { layer: label, channels, groups }, { parameter: 'groups' });
    if (outChannels % groups !== 0)
      return failure('network.groups-output', { layer: label, channels: outChannels, groups }, { parameter: 'groups' });
    const size = windowedSize(label, [height, width], parameters);
    return size.ok ? success([outChannels, ...size.value]) : size;
  },
  weights: ([input = []], { outChannels, kernelSize, groups, bias, initializer }) => {
    const [channels = 1] = input;
    const [height, width] = pairOf(kernelSize);
    const shape = [outChannels, channels / groups, height, width];
    const fanIn = (channels / groups) * height * width;
    return [
      { name: 'weight', shape, role: 'parameter', initializer: weightInitializer(initializer, fanIn, outChannels * height * width) },
      ...(bias
        ? [{ name: 'bias', shape: [outChannels], role: 'parameter', initializer: biasInitializer(initializer, fanIn) } as const]
        : []),
    ];
  },
  forward: ({ weights }, inputs, parameters) =>
    convolve(inputs, weightOf(weights, 'weight'), parameters.bias ? weightOf(weights, 'bias') : null, parameters),
  onnx: ({ inputs, output, weights, inputShapes: [image = []] }, parameters) => {
    const bias = parameters.bias ? [weightOf(weights, 'bias')] : [];
    return onnxConvolution([...inputs, weightOf(weights, 'weight'), ...bias], output, image, parameters);
  },
  keras: (context, parameters) => kerasConvolution(context, parameters, parameters.bias),
  pytorch: ([image = []], parameters) => pytorchConvolution(image, parameters.outChannels, parameters.bias, parameters),
  samples: [
    {
      name: 'plain',
      inputShapes: [[2, 5, 6]],
      parameters: {
        outChannels: 3,
        kernelSize: [3, 2],
        stride: [1, 1],
        paddingMode: 'explicit',
        padding: [0, 0],
        dilation: [1, 1],
        groups: 1,
        bias: true,
        initializer: 'uniform',
      },
    },
    {
      name: 'stride, padding and dilation',
      inputShapes: [[2, 7, 8]],
      parameters: {
        outChannels: 2,
        kernelSize: [3, 3],
        stride: [2, 3],
        paddingMode: 'explicit',
        padding: [2, 1],
        dilation: [2, 1],
        groups: 1,
        bias: true,
        initializer: 'he-uniform',
      },
    },
    {
      name: 'groups, no bias',
      inputShapes: [[4, 4, 4]],
      parameters: {
        outChannels: 6,
        kernelSize: [3, 3],
        stride: [1, 1],
        paddingMode: 'explicit',
        padding: [1, 1],
        dilation: [1, 1],
        groups: 2,
        bias: false,
        initializer: 'xavier-normal',
      },
    },
    {
      name: 'depthwise',
      inputShapes: [[3, 4, 5]],
      parameters: {
        outChannels: 3,
        kernelSize: [2, 2],
        stride: [1, 1],
        paddingMode: 'explicit',
        padding: [0, 0],
        dilation: [1, 1],
        groups: 3,
        bias: true,
        initializer: 'uniform',
      },
      batch: 1,
    },
    {
      name: 'same size',
      inputShapes: [[2, 5, 6]],
      parameters: {
        outChannels: 3,
        kernelSize: [3, 3],
        stride: [1, 1],
        paddingMode: 'same',
        padding: [0, 0],
        dilation: [1, 1],
        groups: 1,
        bias: true,
        initializer: 'uniform',
      },
    },
    {
      name: 'same size, uneven zeros',
      inputShapes: [[1, 5, 7]],
      parameters: {
        outChannels: 2,
        kernelSize: [2, 4],
        stride: [2, 3],
        paddingMode: 'same',
        padding: [5, 5],
        dilation: [1, 2],
        groups: 1,
        bias: true,
        initializer: 'uniform',
      },
    },
    {
      name: 'valid',
      inputShapes: [[2, 5, 6]],
      parameters: {
        outChannels: 2,
        kernelSize: [3, 2],
        stride: [1, 1],
        paddingMode: 'valid',
        padding: [2, 2],
        dilation: [1, 1],
        groups: 1,
        bias: true,
        initializer: 'uniform',
      },
    },
  ],
});
