/** What the layers share that convolve an image: with zeros on each side as the padding mode says, and with a bias. */
import type { Shape, Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { convolution2d } from '../ops/convolution-2d.op';
import { reshape } from '../ops/reshape.op';
import { pad } from '../ops/slice.op';
import { inputOf } from './arguments';
import type { ForwardResult, OnnxNode } from './layer';
import { onnxPads, paddingSides, pairOf, tuple, type Sides } from './window';

export interface ConvolutionParameters {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly paddingMode: 'explicit' | 'same' | 'valid';
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

const sidesOf = ([, height = 1, width = 1]: Shape, parameters: ConvolutionParameters): Sides => paddingSides([height, width], parameters);
const even = ({ before, after }: Sides): boolean => before.every((zeros, axis) => zeros === after[axis]);

/** One number a channel, added to an image [batch, channels, height, width]. */
export const addToChannels = (image: Tensor, bias: Tensor): Tensor => add(image, reshape(bias, [image.shape[1] ?? 1, 1, 1]));

export function convolve(inputs: readonly Tensor[], weight: Tensor, bias: Tensor | null, parameters: ConvolutionParameters): ForwardResult {
  const input = inputOf(inputs);
  const sides = sidesOf(input.shape.slice(1), parameters);
  // The operation adds the same to both sides; an odd zero is put there before.
  const excess = sides.after.map((zeros, axis) => zeros - (sides.before[axis] ?? 0));
  const padded = even(sides) ? input : pad(input, { before: [0, 0, 0, 0], after: [0, 0, ...excess] });
  const { stride, dilation, groups } = parameters;
  const options = { stride: pairOf(stride), padding: sides.before, dilation: pairOf(dilation), groups };
  const output = convolution2d(padded, weight, options);
  return { output: bias === null ? output : addToChannels(output, bias) };
}

export const onnxConvolution = (
  inputs: readonly string[],
  output: string,
  image: Shape,
  parameters: ConvolutionParameters,
): readonly OnnxNode[] => {
  const { before, after } = sidesOf(image, parameters);
  const { kernelSize, stride, dilation, groups } = parameters;
  const attributes = { kernel_shape: kernelSize, strides: stride, pads: onnxPads(before, after), dilations: dilation, group: groups };
  return [{ operator: 'Conv', inputs, outputs: [output], attributes }];
};

/** The arguments, each a name, a value and what PyTorch takes it for anyway, that have to be said. */
export const unlikeDefaults = (settings: readonly (readonly [name: string, value: string, usual: string])[]): readonly string[] =>
  settings.flatMap(([name, value, usual]) => (value === usual ? [] : [`${name}=${value}`]));

/** PyTorch knows same with a stride of 1 by itself; else it adds the same zeros to both sides, or has them added before. */
export function pytorchConvolution(image: Shape, outChannels: number, bias: boolean, parameters: ConvolutionParameters) {
  const { kernelSize, stride, paddingMode, dilation, groups } = parameters;
  const sides = sidesOf(image, parameters);
  const same = paddingMode === 'same' && stride.every((step) => step === 1);
  const [top, left] = sides.before;
  const [bottom, right] = sides.after;
  const padding = same ? `'same'` : tuple(even(sides) ? sides.before : [0, 0]);
  const settings = [
    ['stride', tuple(stride), '1'],
    ['padding', padding, '0'],
    ['dilation', tuple(dilation), '1'],
    ['groups', String(groups), '1'],
  ] as const;
  return {
    module: `nn.Conv2d(${[
      String(image[0]),
      String(outChannels),
      tuple(kernelSize),
      ...unlikeDefaults(settings),
      ...(bias ? [] : ['bias=False']),
    ].join(', ')})`,
    call: (self: string, inputs: readonly string[]) =>
      `${self}(${same || even(sides) ? inputs.join(', ') : `F.pad(${inputs.join(', ')}, ${tuple([left, right, top, bottom])})`})`,
  };
}
