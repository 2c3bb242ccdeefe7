/** Parts that layers are made of in Keras and TensorFlow.js where they have no layer of that name. All are exact. */
import { sizeOf, type Shape } from '../graph/tensor';
import { inputOf } from './arguments';
import { filled, kerasOrder, kerasShape, shaped, type KerasArray, type KerasContext, type KerasTensor } from './keras';

/** An activation that Keras knows by name. */
export const kerasActivation = ({ add }: KerasContext, input: KerasTensor, activation: string): KerasTensor =>
  add('Activation', input, input.shape, { activation });

/** scale · x + offset. */
export const kerasRescaled = ({ add }: KerasContext, input: KerasTensor, scale: number, offset = 0): KerasTensor =>
  add('Rescaling', input, input.shape, { scale, offset });

export type KerasFunctionName = 'power' | 'exp' | 'log' | 'sin' | 'cos' | 'sign' | 'greater';

/** A function of each element that Keras has no layer for: the one layer that comes with the file, HebbFunction. */
export const kerasFunction = ({ add }: KerasContext, input: KerasTensor, name: KerasFunctionName, value = 0): KerasTensor =>
  add('HebbFunction', input, input.shape, { function: name, value });

/** TensorFlow.js lets go too early of a tensor that one layer takes twice: all but the first are copies. */
export const kerasDistinct = (context: KerasContext, inputs: readonly KerasTensor[]): readonly KerasTensor[] =>
  inputs.map((input, place) => (inputs.indexOf(input) === place ? input : kerasRescaled(context, input, 1)));

export const kerasSum = (context: KerasContext, inputs: readonly KerasTensor[]): KerasTensor =>
  context.add('Add', kerasDistinct(context, inputs), inputOf(inputs).shape);

export const kerasProduct = (context: KerasContext, inputs: readonly KerasTensor[]): KerasTensor =>
  context.add('Multiply', kerasDistinct(context, inputs), inputOf(inputs).shape);

/** The axes of a sample, counted from 0, in another order; nothing where they keep theirs. */
export const kerasPermuted = ({ add }: KerasContext, input: KerasTensor, order: readonly number[]): KerasTensor =>
  order.every((axis, place) => axis === place)
    ? input
    : add(
        'Permute',
        input,
        order.map((axis) => input.shape[axis] ?? 1),
        { dims: order.map((axis) => axis + 1) },
      );

export const kerasReshaped = ({ add }: KerasContext, input: KerasTensor, shape: Shape): KerasTensor =>
  shape.length === input.shape.length && shape.every((size, axis) => size === input.shape[axis])
    ? input
    : add('Reshape', input, shape, { target_shape: shape });

const inverse = (order: readonly number[]): readonly number[] => order.map((_, axis) => order.indexOf(axis));

/** In the order of Hebb's axes: images with their channels first. */
export const asHebbHolds = (context: KerasContext, input: KerasTensor): KerasTensor =>
  kerasPermuted(context, input, inverse(kerasOrder(input.shape.length)));

/** From the order of Hebb's axes to that of Keras. */
export const asKerasHolds = (context: KerasContext, input: KerasTensor): KerasTensor =>
  kerasPermuted(context, input, kerasOrder(input.shape.length));

/** Something done with one axis of a sample, counted from 0 as Keras holds it, as the last. */
export function withAxisLast(
  context: KerasContext,
  input: KerasTensor,
  axis: number,
  change: (moved: KerasTensor) => KerasTensor,
): KerasTensor {
  const order = [...input.shape.keys()].filter((other) => other !== axis).concat(axis);
  return kerasPermuted(context, change(kerasPermuted(context, input, order)), inverse(order));
}

/** One axis, counted from 0 as Keras holds it, multiplied with a matrix [length, new length] that is never learned. */
export const alongKerasAxis = (context: KerasContext, input: KerasTensor, axis: number, matrix: KerasArray): KerasTensor =>
  withAxisLast(context, input, axis, (moved) => {
    const units = matrix.shape[1] ?? 1;
    return context.addFixed('Dense', moved, [...moved.shape.slice(0, -1), units], { units, use_bias: false }, { kernel: matrix });
  });

/**
 * Each element of the last axis, or of a whole sample, with a factor and a summand of its own: a convolution of each channel
 * by itself with a kernel of one point. Both arrays lie as Keras holds the axes; ones or zeros where absent. Fixed: never learned.
 */
export function kerasAffine(
  context: KerasContext,
  input: KerasTensor,
  over: 'last' | 'all',
  { scale, shift }: { readonly scale?: KerasArray; readonly shift?: KerasArray },
  fixed = false,
): KerasTensor {
  const channels = over === 'all' ? sizeOf(input.shape) : (input.shape.at(-1) ?? 1);
  const pixels = sizeOf(input.shape) / channels;
  const image = input.shape.length === 3 && over === 'last' ? input : kerasReshaped(context, input, [1, pixels, channels]);
  const kernel = scale === undefined ? filled([1, 1, channels, 1], () => 1) : shaped(scale, [1, 1, channels, 1]);
  const add = fixed ? context.addFixed : context.add;
  const changed = add(
    'DepthwiseConv2D',
    image,
    image.shape,
    { kernel_size: [1, 1], use_bias: shift !== undefined },
    { depthwise_kernel: kernel, ...(shift === undefined ? {} : { bias: shaped(shift, [channels]) }) },
  );
  return kerasReshaped(context, changed, input.shape);
}

/** A layer that works on each element by itself and that Keras knows as an activation. */
export const kerasNamed =
  (activation: string) =>
  (context: KerasContext): KerasTensor =>
    kerasActivation(context, inputOf(context.inputs), activation);

/** The output's shape as Keras holds it. */
export const kerasOutput = ({ outputShape }: KerasContext): Shape => kerasShape(outputShape);

/** Zeros around an image. */
export const kerasPadded = (
  { add }: KerasContext,
  input: KerasTensor,
  [top, left]: readonly [number, number],
  [bottom, right]: readonly [number, number],
): KerasTensor => {
  const [height = 1, width = 1, channels = 1] = input.shape;
  if (top + left + bottom + right === 0) return input;
  const padding = [
    [top, bottom],
    [left, right],
  ];
  return add('ZeroPadding2D', input, [top + height + bottom, left + width + right, channels], { padding });
};

/** A part of an image, by what is cut off each side. */
export const kerasCropped = (
  { add }: KerasContext,
  input: KerasTensor,
  [top, left]: readonly [number, number],
  [bottom, right]: readonly [number, number],
): KerasTensor => {
  const [height = 1, width = 1, channels = 1] = input.shape;
  if (top + left + bottom + right === 0) return input;
  const cropping = [
    [top, bottom],
    [left, right],
  ];
  return add('Cropping2D', input, [height - top - bottom, width - left - right, channels], { cropping });
};
