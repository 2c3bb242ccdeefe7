/** The adjoint of a convolution, as PyTorch's ConvTranspose2d: weights [in, out/groups, height, width]. */
import { failure, success } from '../graph/problem';
import { formatShape } from '../graph/tensor';
import { convolution2dInputGradient } from '../ops/convolution-2d.op';
import { inputOf, weightOf } from './arguments';
import { addToChannels, unlikeDefaults } from './convolution';
import { biasInitializer, initializerParameter, weightInitializer } from './initializer-choice';
import { kerasTransposed } from './keras-convolution';
import { defineLayer } from './layer';
import { dilationParameter, imageOf, kernelSizeParameter, onnxPads, paddingParameter, pairOf, strideParameter, tuple } from './window';

const label = 'Transposed conv 2D';

interface Window {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
}

/** Height and width: (size − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + output padding. */
const enlarged = (size: readonly number[], { kernelSize, stride, padding, outputPadding, dilation }: Window): readonly [number, number] =>
  pairOf(
    size.map(
      (length, axis) =>
        (length - 1) * (stride[axis] ?? 1) -
        2 * (padding[axis] ?? 0) +
        (dilation[axis] ?? 1) * ((kernelSize[axis] ?? 1) - 1) +
        1 +
        (outputPadding[axis] ?? 0),
    ),
  );

export const layer = defineLayer({
  kind: 'conv-transpose2d',
  version: 1,
  label,
  group: 'convolution',
  help: 'Spreads each point of an image over a learned kernel: a convolution run backwards. With a stride it enlarges the image, as the second half of an auto-encoder needs it.',
  formula: 'y[o, i·stride + h·dilation − padding, j·stride + w·dilation − padding] = b[o] + Σ W[c, o, h, w] · x[c, i, j]',
  parameters: {
    outChannels: { type: 'integer', label: 'Output channels', default: 8, minimum: 1, maximum: 65_536 },
    kernelSize: kernelSizeParameter('Kernel size', 2),
    stride: { ...strideParameter(2), help: 'How far apart the kernels lie: by how much the image grows.' },
    padding: paddingParameter('Rows and columns cut off each side.'),
    outputPadding: {
      ...paddingParameter('Rows and columns added at the end, for sizes that the stride alone does not reach. Less than the stride.'),
      label: 'Output padding',
    },
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
    const [channels, ...size] = image.value;
    const { outChannels, groups, stride, outputPadding } = parameters;
    if (channels % groups !== 0) return failure('network.groups-input', { layer: label, channels, groups }, { parameter: 'groups' });
    if (outChannels % groups !== 0)
      return failure('network.groups-output', { layer: label, channels: outChannels, groups }, { parameter: 'groups' });
    if (outputPadding.some((extra, axis) => extra >= (stride[axis] ?? 1))) {
      const values = { layer: label, padding: formatShape(outputPadding), stride: formatShape(stride) };
      return failure('network.output-padding-too-large', values, { parameter: 'outputPadding' });
    }
    const [height, width] = enlarged(size, parameters);
    if (height < 1 || width < 1) {
      const values = { layer: label, padding: formatShape(parameters.padding), actual: formatShape(size) };
      return failure('network.nothing-left', values, { parameter: 'padding' });
    }
    return success([outChannels, height, width]);
  },
  weights: ([input = []], { outChannels, kernelSize, groups, bias, initializer }) => {
    const [channels = 1] = input;
    const [height, width] = pairOf(kernelSize);
    const shape = [channels, outChannels / groups, height, width];
    // As PyTorch counts them, from the second axis of the weights.
    const fanIn = (outChannels / groups) * height * width;
    return [
      { name: 'weight', shape, role: 'parameter', initializer: weightInitializer(initializer, fanIn, channels * height * width) },
      ...(bias
        ? [{ name: 'bias', shape: [outChannels], role: 'parameter', initializer: biasInitializer(initializer, fanIn) } as const]
        : []),
    ];
  },
  forward: ({ weights }, inputs, parameters) => {
    const input = inputOf(inputs);
    const { stride, padding, dilation, groups, bias } = parameters;
    const output = convolution2dInputGradient(input, weightOf(weights, 'weight'), {
      stride: pairOf(stride),
      padding: pairOf(padding),
      dilation: pairOf(dilation),
      groups,
      inputSize: enlarged(input.shape.slice(2), parameters),
    });
    return { output: bias ? addToChannels(output, weightOf(weights, 'bias')) : output };
  },
  onnx: ({ inputs, output, weights }, { kernelSize, stride, padding, outputPadding, dilation, groups, bias }) => [
    {
      operator: 'ConvTranspose',
      inputs: [...inputs, weightOf(weights, 'weight'), ...(bias ? [weightOf(weights, 'bias')] : [])],
      outputs: [output],
      attributes: {
        kernel_shape: kernelSize,
        strides: stride,
        pads: onnxPads(padding),
        output_padding: outputPadding,
        dilations: dilation,
        group: groups,
      },
    },
  ],
  keras: (context, parameters) => kerasTransposed(context, parameters),
  pytorch: ([input = []], { outChannels, kernelSize, stride, padding, outputPadding, dilation, groups, bias }) => ({
    module: `nn.ConvTranspose2d(${[
      String(input[0]),
      String(outChannels),
      tuple(kernelSize),
      ...unlikeDefaults([
        ['stride', tuple(stride), '1'],
        ['padding', tuple(padding), '0'],
        ['output_padding', tuple(outputPadding), '0'],
        ['dilation', tuple(dilation), '1'],
        ['groups', String(groups), '1'],
      ]),
      ...(bias ? [] : ['bias=False']),
    ].join(', ')})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    {
      name: 'doubling',
      inputShapes: [[2, 3, 4]],
      parameters: {
        outChannels: 3,
        kernelSize: [2, 2],
        stride: [2, 2],
        padding: [0, 0],
        outputPadding: [0, 0],
        dilation: [1, 1],
        groups: 1,
        bias: true,
        initializer: 'uniform',
      },
    },
    {
      name: 'stride, padding, output padding and dilation',
      inputShapes: [[2, 4, 3]],
      parameters: {
        outChannels: 2,
        kernelSize: [3, 2],
        stride: [2, 3],
        padding: [1, 0],
        outputPadding: [1, 2],
        dilation: [1, 2],
        groups: 1,
        bias: true,
        initializer: 'he-uniform',
      },
    },
    {
      name: 'groups, no bias',
      inputShapes: [[4, 3, 3]],
      parameters: {
        outChannels: 2,
        kernelSize: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        outputPadding: [0, 0],
        dilation: [1, 1],
        groups: 2,
        bias: false,
        initializer: 'xavier-normal',
      },
    },
  ],
});
