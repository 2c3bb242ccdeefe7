/** Keras's layers for images and signals: channels stand last there, and are brought to the front for each. */
import { Refusal } from '../../models/imported-model';
import type { Hdf5Array } from '../../hdf5/hdf5';
import { turnedArray, type LayerWriter } from './onnx-writing';

export const isChannelsFirst = ({ text }: LayerWriter): boolean => text('data_format', 'channels_last') === 'channels_first';

/** Something that wants the channels in front, done to a value that has them last. */
export function channelsFirst(writer: LayerWriter, value: string, rank: number, work: (image: string) => string): string {
  if (isChannelsFirst(writer)) return work(value);
  const front = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)];
  const back = [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1];
  return writer.node('Transpose', [work(writer.node('Transpose', [value], { perm: front }))], { perm: back });
}

function paddingOf(writer: LayerWriter, kernel: readonly number[], dilation: readonly number[]) {
  const padding = writer.text('padding', 'valid');
  if (padding === 'same') return { auto_pad: 'SAME_UPPER' };
  if (padding === 'valid') return {};
  if (padding === 'causal' && kernel.length === 1) return { pads: [((kernel[0] ?? 1) - 1) * (dilation[0] ?? 1), 0] };
  throw new Refusal(`Its padding is ${padding}.`);
}

const biasOf = (writer: LayerWriter): readonly string[] => {
  if (!writer.flag('use_bias', true)) return [];
  const { shape, data } = writer.weight();
  return [writer.array('bias', shape, data)];
};

function convolve(
  writer: LayerWriter,
  value: string,
  axes: number,
  kernel: Hdf5Array,
  groups: number,
  bias: readonly string[],
  attributes = {},
): string {
  const size = kernel.shape.slice(2);
  const dilations = writer.sizes('dilation_rate', axes, 1);
  return channelsFirst(writer, value, axes + 2, (image) =>
    writer.node('Conv', [image, writer.array('kernel', kernel.shape, kernel.data), ...bias], {
      strides: writer.sizes('strides', axes, 1),
      dilations,
      group: groups,
      ...paddingOf(writer, size, dilations),
      ...attributes,
    }),
  );
}

export function convolution(writer: LayerWriter, value: string, axes: number): string {
  const spatial = Array.from({ length: axes }, (_, axis) => axis);
  const kernel = turnedArray(writer.weight(), [axes + 1, axes, ...spatial]);
  return convolve(writer, value, axes, kernel, writer.number('groups', 1), biasOf(writer));
}

/** [height, width, channels, multiplier] as [channels · multiplier, 1, height, width]. */
function depthwiseKernel(stored: Hdf5Array, axes: number): { readonly kernel: Hdf5Array; readonly channels: number } {
  const spatial = Array.from({ length: axes }, (_, axis) => axis);
  const { shape, data } = turnedArray(stored, [axes, axes + 1, ...spatial]);
  const [channels = 1, multiplier = 1, ...size] = shape;
  return { kernel: { shape: [channels * multiplier, 1, ...size], data }, channels };
}

/** What a mask adds to the score of a step that must not be seen. */
const HIDDEN = -1e8;

/** Hebb's files add the mask of an attention so: kernels of one point and 1, a shift of 0 or of very much. */
const isMask = (kernel: Hdf5Array, shift: Hdf5Array | null): shift is Hdf5Array =>
  shift !== null &&
  kernel.data.length === shift.data.length &&
  kernel.data.every((one) => one === 1) &&
  shift.data.every((one) => one === 0 || one <= HIDDEN);

export function depthwise(writer: LayerWriter, value: string, axes: number): string {
  const { kernel, channels } = depthwiseKernel(writer.weight(), axes);
  const shift = writer.flag('use_bias', true) ? writer.weight() : null;
  const bias = shift === null ? [] : [writer.array('bias', shift.shape, shift.data)];
  const masks = isMask(kernel, shift) && writer.sizes('strides', axes, 1).every((step) => step === 1) && !isChannelsFirst(writer);
  return masks ? writer.node('Add', [value, ...bias]) : convolve(writer, value, axes, kernel, channels, bias);
}

export function separable(writer: LayerWriter, value: string, axes: number): string {
  const { kernel, channels } = depthwiseKernel(writer.weight(), axes);
  const spatial = Array.from({ length: axes }, (_, axis) => axis);
  const point = turnedArray(writer.weight(), [axes + 1, axes, ...spatial]);
  const first = convolve(writer, value, axes, kernel, channels, []);
  return channelsFirst(writer, first, axes + 2, (image) =>
    writer.node('Conv', [image, writer.array('pointwise/kernel', point.shape, point.data), ...biasOf(writer)]),
  );
}

export function transposedConvolution(writer: LayerWriter, value: string, axes: number): string {
  const spatial = Array.from({ length: axes }, (_, axis) => axis);
  const kernel = turnedArray(writer.weight(), [axes + 1, axes, ...spatial]);
  const given = writer.call.config['output_padding'];
  if (given !== null && given !== undefined) throw new Refusal('It says its output padding itself.');
  const strides = writer.sizes('strides', axes, 1);
  const padding = writer.text('padding', 'valid');
  if (writer.sizes('dilation_rate', axes, 1).some((step) => step !== 1)) throw new Refusal('Its kernel has gaps.');
  const extra = strides.map((step, axis) => Math.max(step - (kernel.shape[axis + 2] ?? 1), 0));
  const bias = biasOf(writer);
  return channelsFirst(writer, value, axes + 2, (image) =>
    writer.node('ConvTranspose', [image, writer.array('kernel', kernel.shape, kernel.data), ...bias], {
      strides,
      ...(padding === 'same' ? { auto_pad: 'SAME_UPPER' } : { output_padding: extra }),
    }),
  );
}

export function pool(writer: LayerWriter, value: string, axes: number, operator: 'MaxPool' | 'AveragePool'): string {
  const size = writer.sizes('pool_size', axes, 2);
  const given = writer.call.config['strides'];
  const strides = given === null || given === undefined ? size : writer.sizes('strides', axes, 2);
  return channelsFirst(writer, value, axes + 2, (image) =>
    writer.node(operator, [image], { kernel_shape: size, strides, ...paddingOf(writer, size, []) }),
  );
}

export function globalPool(writer: LayerWriter, value: string, axes: number, operator: 'ReduceMean' | 'ReduceMax'): string {
  const first = isChannelsFirst(writer) ? 2 : 1;
  return writer.node(operator, [value], {
    axes: Array.from({ length: axes }, (_, axis) => axis + first),
    keepdims: writer.flag('keepdims', false) ? 1 : 0,
  });
}

/** Numbers before and after each axis: one for all, one an axis, or two an axis. */
function sidesOf(given: unknown, axes: number): readonly (readonly [number, number])[] {
  if (typeof given === 'number') return Array.from({ length: axes }, () => [given, given] as const);
  const items: readonly unknown[] = Array.isArray(given) ? given : [];
  // Of one axis the two numbers are its sides.
  if (axes === 1) return [[Number(items[0] ?? 0), Number(items[1] ?? items[0] ?? 0)]];
  return Array.from({ length: axes }, (_, axis) => {
    const item = items[axis];
    return Array.isArray(item)
      ? ([Number(item[0] ?? 0), Number(item[1] ?? 0)] as const)
      : ([Number(item ?? 0), Number(item ?? 0)] as const);
  });
}

export function zeroPadding(writer: LayerWriter, value: string, axes: number): string {
  const sides = sidesOf(writer.call.config['padding'], axes);
  const around = (side: 0 | 1): number[] => [
    0,
    ...(isChannelsFirst(writer) ? [0] : []),
    ...sides.map((pair) => pair[side]),
    ...(isChannelsFirst(writer) ? [] : [0]),
  ];
  return writer.node('Pad', [value, writer.whole([...around(0), ...around(1)])]);
}

const FAR = 2 ** 31 - 1;

export function cropping(writer: LayerWriter, value: string, axes: number): string {
  const sides = sidesOf(writer.call.config['cropping'], axes);
  const first = isChannelsFirst(writer) ? 2 : 1;
  return writer.node('Slice', [
    value,
    writer.whole(sides.map(([before]) => before)),
    writer.whole(sides.map(([, after]) => (after === 0 ? FAR : -after))),
    writer.whole(sides.map((_, axis) => axis + first)),
  ]);
}

export function upsampling(writer: LayerWriter, value: string, axes: number): string {
  const size = writer.sizes('size', axes, 2);
  const mode = writer.text('interpolation', 'nearest');
  if (mode !== 'nearest' && mode !== 'bilinear') throw new Refusal(`Its interpolation is ${mode}.`);
  return channelsFirst(writer, value, axes + 2, (image) =>
    writer.node('Resize', [image, '', writer.array('scales', [axes + 2], Float32Array.of(1, 1, ...size))], {
      mode: mode === 'nearest' ? 'nearest' : 'linear',
      ...(mode === 'nearest'
        ? { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
        : { coordinate_transformation_mode: 'half_pixel' }),
    }),
  );
}
