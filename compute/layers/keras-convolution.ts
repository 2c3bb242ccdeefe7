/** Convolutions and windows in Keras and TensorFlow.js: kernels laid out anew, and zeros put where their padding cannot. */
import type { Shape } from '../graph/tensor';
import { inputOf } from './arguments';
import type { ConvolutionParameters } from './convolution';
import { arranged, type KerasArray, type KerasContext, type KerasTensor } from './keras';
import { kerasAffine, kerasCropped, kerasOutput, kerasPadded } from './keras-parts';
import { paddingSides, pairOf } from './window';

/** A kernel [out, in, kh, kw] with zeros between its points. */
export function spread({ shape, data }: KerasArray, [down, across]: readonly [number, number]): KerasArray {
  if (down === 1 && across === 1) return { shape, data };
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape;
  const [tall, wide] = [(height - 1) * down + 1, (width - 1) * across + 1];
  return {
    shape: [outputs, inputs, tall, wide],
    data: () => {
      const from = data();
      const to = new Float32Array(outputs * inputs * tall * wide);
      for (let plane = 0; plane < outputs * inputs; plane++)
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) to[(plane * tall + y * down) * wide + x * across] = from[(plane * height + y) * width + x] ?? 0;
      return to;
    },
  };
}

/** A kernel [out, in / groups, kh, kw] as one without groups, [out, in, kh, kw]: zeros where groups do not see each other. */
export function withoutGroups({ shape, data }: KerasArray, groups: number): KerasArray {
  if (groups === 1) return { shape, data };
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape;
  const block = inputs * height * width;
  return {
    shape: [outputs, inputs * groups, height, width],
    data: () => {
      const from = data();
      const to = new Float32Array(outputs * block * groups);
      for (let output = 0; output < outputs; output++) {
        const group = Math.floor((output * groups) / outputs);
        to.set(from.subarray(output * block, (output + 1) * block), (output * groups + group) * block);
      }
      return to;
    },
  };
}

/** The image with the zeros that the padding mode adds. */
function framed(context: KerasContext, parameters: ConvolutionParameters): KerasTensor {
  const [, height = 1, width = 1] = context.inputShapes[0] ?? [];
  const { before, after } = paddingSides([height, width], parameters);
  return kerasPadded(context, inputOf(context.inputs), before, after);
}

/** A convolution of the node's `weight` [out, in / groups, kh, kw], with its `bias` where it has one. */
export function kerasConvolution(context: KerasContext, parameters: ConvolutionParameters, bias: boolean, fixed = false): KerasTensor {
  const { stride, dilation, groups } = parameters;
  // Keras takes no stride together with a dilation, and TensorFlow.js no groups.
  const both = stride.some((step) => step > 1) && dilation.some((step) => step > 1);
  const weight = withoutGroups(spread(context.weight('weight'), both ? pairOf(dilation) : [1, 1]), groups);
  const kernel = arranged(weight, [2, 3, 1, 0]);
  const [tall = 1, wide = 1, , filters = 1] = kernel.shape;
  const config = { filters, kernel_size: [tall, wide], strides: stride, dilation_rate: both ? [1, 1] : dilation, use_bias: bias };
  const weights = { kernel, ...(bias ? { bias: context.weight('bias') } : {}) };
  return (fixed ? context.addFixed : context.add)('Conv2D', framed(context, parameters), kerasOutput(context), config, weights);
}

/** As kerasConvolution, of each channel by itself: the node's `weight` is [channels · multiplier, 1, kh, kw]. */
export function kerasDepthwise(context: KerasContext, parameters: ConvolutionParameters, bias: boolean): KerasTensor {
  const { stride, dilation } = parameters;
  const [channels = 1] = context.inputShapes[0] ?? [];
  if (stride[0] !== stride[1]) return kerasConvolution(context, { ...parameters, groups: channels }, bias);
  const both = stride.some((step) => step > 1) && dilation.some((step) => step > 1);
  const weight = spread(context.weight('weight'), both ? pairOf(dilation) : [1, 1]);
  const [all = 1, , tall = 1, wide = 1] = weight.shape;
  const kernel = arranged({ shape: [channels, all / channels, tall, wide], data: weight.data }, [2, 3, 0, 1]);
  const config = {
    kernel_size: [tall, wide],
    strides: stride,
    depth_multiplier: all / channels,
    dilation_rate: both ? [1, 1] : dilation,
    use_bias: bias,
  };
  const weights = { depthwise_kernel: kernel, ...(bias ? { bias: context.weight('bias') } : {}) };
  return context.add('DepthwiseConv2D', framed(context, parameters), kerasOutput(context), config, weights);
}

/** Rows and columns of the edge repeated so often before and after: never more than half of a window. */
function edgesRepeated(context: KerasContext, image: KerasTensor, [vertical, horizontal]: readonly [number, number]): KerasTensor {
  const repeat = (input: KerasTensor, axis: 0 | 1, times: number): KerasTensor => {
    if (times === 0) return input;
    const length = input.shape[axis] ?? 1;
    const cut = (sides: number): readonly [number, number] => (axis === 0 ? [sides, 0] : [0, sides]);
    const first = kerasCropped(context, input, [0, 0], cut(length - 1));
    const last = kerasCropped(context, input, cut(length - 1), [0, 0]);
    const parts = [...new Array<KerasTensor>(times).fill(first), input, ...new Array<KerasTensor>(times).fill(last)];
    const shape: Shape = input.shape.map((size, other) => (other === axis ? size + 2 * times : size));
    return context.add('Concatenate', parts, shape, { axis: axis + 1 });
  };
  return repeat(repeat(image, 0, vertical), 1, horizontal);
}

interface Pool {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

/** Greatest or mean value of windows. No zero may win a maximum: there the edge is repeated, which changes none. */
export function kerasPool(context: KerasContext, kind: 'Max' | 'Average', { kernelSize, stride, padding }: Pool): KerasTensor {
  const image = inputOf(context.inputs);
  const around = pairOf(padding);
  const whole = kind === 'Max' ? edgesRepeated(context, image, around) : kerasPadded(context, image, around, around);
  return context.add(`${kind}Pooling2D`, whole, kerasOutput(context), { pool_size: kernelSize, strides: stride, padding: 'valid' });
}

interface TransposedConvolution {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly bias: boolean;
}

/**
 * The transposed convolution of the node's `weight` [in, out / groups, kh, kw]: that of Keras with no padding gives the whole
 * image, of which the sides are cut off. Zeros that its output padding adds come before the bias.
 */
export function kerasTransposed(context: KerasContext, { stride, padding, dilation, groups, bias }: TransposedConvolution): KerasTensor {
  const input = inputOf(context.inputs);
  const [height = 1, width = 1] = input.shape;
  const output = kerasOutput(context);
  // The groups of a transposed kernel are those of its inputs, which come first.
  const weight = withoutGroups(spread(context.weight('weight'), pairOf(dilation)), groups);
  const kernel = arranged(weight, [2, 3, 1, 0]);
  const [tall = 1, wide = 1, filters = 1] = kernel.shape;
  const whole = [height, width].map((length, axis) => {
    const [size, step] = [[tall, wide][axis] ?? 1, stride[axis] ?? 1];
    return length * step + Math.max(size - step, 0);
  });
  const before = pairOf(padding);
  const excess = whole.map((length, axis) => length - (before[axis] ?? 0) - (output[axis] ?? 0));
  const early = bias && excess.every((size) => size >= 0);
  const weights = { kernel, ...(early ? { bias: context.weight('bias') } : {}) };
  const config = { filters, kernel_size: [tall, wide], strides: stride, use_bias: early };
  const image = context.add('Conv2DTranspose', input, [...whole, filters], config, weights);
  const cropped = kerasCropped(context, image, before, pairOf(excess.map((size) => Math.max(size, 0))));
  const padded = kerasPadded(context, cropped, [0, 0], pairOf(excess.map((size) => Math.max(-size, 0))));
  return bias && !early ? kerasAffine(context, padded, 'last', { shift: context.weight('bias') }) : padded;
}
