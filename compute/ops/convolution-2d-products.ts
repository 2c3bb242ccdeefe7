/** The convolution and its two gradients as products of matrices that are never written down (implicit matrix products). */
import type { Convolution2dSizes } from './convolution-2d-sizes';
import { plus, u } from './kernel-text';
import type { LinearProduct, Locus } from './linear-product';

/** Names image, row and column of the position `place` among those of all images of `size`. */
const unravel = (place: string, suffix: string, [height, width]: readonly [number, number]): string[] => [
  `let image_${suffix} = ${place} / ${u(height * width)};`,
  `let y_${suffix} = (${place} / ${u(width)}) % ${u(height)};`,
  `let x_${suffix} = ${place} % ${u(width)};`,
];

const at = (start: string, positions: readonly string[] = [], lines: readonly string[] = []): Locus => ({ lines, start, positions });

/** Result [N, channels, h, w] of a product whose rows are the channels of a group and whose columns are all positions. */
const inImages = (channelsPerGroup: number, size: readonly [number, number]) => (row: string, column: string) => ({
  lines: unravel(column, 'out', size),
  index: ['image_out', `item * ${u(channelsPerGroup)} + ${row}`, 'y_out', 'x_out'],
});

/** y = w ∗ x: [O/groups, C/groups·kh·kw] · [C/groups·kh·kw, N·H′·W′] for each group. */
export function convolutionProduct(sizes: Convolution2dSizes): LinearProduct {
  const { batch, inputChannels, inputChannelsPerGroup, outputChannelsPerGroup, groups, stride, padding, dilation } = sizes;
  const [height, width] = sizes.input;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  const taps = kernelHeight * kernelWidth;
  return {
    items: groups,
    rows: outputChannelsPerGroup,
    columns: batch * sizes.output[0] * sizes.output[1],
    depth: [
      { name: 'channel', size: inputChannelsPerGroup },
      { name: 'ky', size: kernelHeight },
      { name: 'kx', size: kernelWidth },
    ],
    rowOperand: {
      input: 1,
      locate: (place) => at(`(item * ${u(outputChannelsPerGroup)} + ${place}) * ${u(inputChannelsPerGroup * taps)}`),
      strides: [taps, kernelWidth, 1],
      bounds: [],
    },
    columnOperand: {
      input: 0,
      locate: (place, suffix) => {
        const top = `top_${suffix}`;
        const left = `left_${suffix}`;
        return at(
          `((image_${suffix} * ${u(inputChannels)} + item * ${u(inputChannelsPerGroup)}) * ${u(height)} + ${top}) * ${u(width)} + ${left}`,
          [...(padding[0] > 0 ? [top] : []), ...(padding[1] > 0 ? [left] : [])],
          [
            ...unravel(place, suffix, sizes.output),
            `let ${top} = y_${suffix} * ${u(stride[0])}${plus(-padding[0])};`,
            `let ${left} = x_${suffix} * ${u(stride[1])}${plus(-padding[1])};`,
          ],
        );
      },
      strides: [height * width, dilation[0] * width, dilation[1]],
      bounds: [
        ...(padding[0] > 0 ? [{ axis: 1, step: dilation[0], limit: height }] : []),
        ...(padding[1] > 0 ? [{ axis: 2, step: dilation[1], limit: width }] : []),
      ],
    },
    result: inImages(outputChannelsPerGroup, sizes.output),
    divisible: false,
  };
}

/** ∂x = wᵀ ∗ ∂y: [C/groups, O/groups·kh·kw] · [O/groups·kh·kw, N·H·W] for each group. Only for strides of 1. */
export function inputGradientProduct(sizes: Convolution2dSizes): LinearProduct {
  const { batch, inputChannelsPerGroup, outputChannels, outputChannelsPerGroup, groups, padding, dilation } = sizes;
  const [outputHeight, outputWidth] = sizes.output;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  const taps = kernelHeight * kernelWidth;
  return {
    items: groups,
    rows: inputChannelsPerGroup,
    columns: batch * sizes.input[0] * sizes.input[1],
    depth: [
      { name: 'channel', size: outputChannelsPerGroup },
      { name: 'ky', size: kernelHeight },
      { name: 'kx', size: kernelWidth },
    ],
    rowOperand: {
      input: 1,
      locate: (place) => at(`(item * ${u(outputChannelsPerGroup * inputChannelsPerGroup)} + ${place}) * ${u(taps)}`),
      strides: [inputChannelsPerGroup * taps, kernelWidth, 1],
      bounds: [],
    },
    columnOperand: {
      input: 0,
      locate: (place, suffix) => {
        const bottom = `bottom_${suffix}`;
        const right = `right_${suffix}`;
        const channel = `(image_${suffix} * ${u(outputChannels)} + item * ${u(outputChannelsPerGroup)})`;
        return at(
          `(${channel} * ${u(outputHeight)} + ${bottom}) * ${u(outputWidth)} + ${right}`,
          [bottom, right],
          [
            ...unravel(place, suffix, sizes.input),
            `let ${bottom} = y_${suffix}${plus(padding[0])};`,
            `let ${right} = x_${suffix}${plus(padding[1])};`,
          ],
        );
      },
      strides: [outputHeight * outputWidth, -dilation[0] * outputWidth, -dilation[1]],
      bounds: [
        { axis: 1, step: -dilation[0], limit: outputHeight },
        { axis: 2, step: -dilation[1], limit: outputWidth },
      ],
    },
    result: inImages(inputChannelsPerGroup, sizes.input),
    divisible: false,
  };
}

/** ∂w = ∂y ∗ x: [O/groups, N·H′·W′] · [N·H′·W′, C/groups·kh·kw] for each group, the longest of N and H′ divisible. */
export function weightGradientProduct(sizes: Convolution2dSizes): LinearProduct {
  const { batch, inputChannels, inputChannelsPerGroup, outputChannels, outputChannelsPerGroup, groups, stride, padding, dilation } = sizes;
  const [height, width] = sizes.input;
  const [outputHeight, outputWidth] = sizes.output;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  const taps = kernelHeight * kernelWidth;
  const images = { name: 'image', size: batch, output: outputChannels * outputHeight * outputWidth, input: inputChannels * height * width };
  const lines = { name: 'y', size: outputHeight, output: outputWidth, input: stride[0] * width };
  const outer = batch >= outputHeight ? [images, lines] : [lines, images];
  return {
    items: groups,
    rows: outputChannelsPerGroup,
    columns: inputChannelsPerGroup * taps,
    depth: [...outer.map(({ name, size }) => ({ name, size })), { name: 'x', size: outputWidth }],
    rowOperand: {
      input: 1,
      locate: (place) => at(`(item * ${u(outputChannelsPerGroup)} + ${place}) * ${u(outputHeight * outputWidth)}`),
      strides: [...outer.map((axis) => axis.output), 1],
      bounds: [],
    },
    columnOperand: {
      input: 0,
      locate: (place, suffix) => {
        const top = `top_${suffix}`;
        const left = `left_${suffix}`;
        const channel = `(item * ${u(inputChannelsPerGroup)} + ${place} / ${u(taps)})`;
        return at(
          `(${channel} * ${u(height)} + ${top}) * ${u(width)} + ${left}`,
          [...(padding[0] > 0 ? [top] : []), ...(padding[1] > 0 ? [left] : [])],
          [
            `let ${top} = ((${place} / ${u(kernelWidth)}) % ${u(kernelHeight)}) * ${u(dilation[0])}${plus(-padding[0])};`,
            `let ${left} = (${place} % ${u(kernelWidth)}) * ${u(dilation[1])}${plus(-padding[1])};`,
          ],
        );
      },
      strides: [...outer.map((axis) => axis.input), stride[1]],
      bounds: [
        ...(padding[0] > 0 ? [{ axis: outer.indexOf(lines), step: stride[0], limit: height }] : []),
        ...(padding[1] > 0 ? [{ axis: 2, step: stride[1], limit: width }] : []),
      ],
    },
    result: (row, column) => ({
      lines: [],
      index: [
        `item * ${u(outputChannelsPerGroup)} + ${row}`,
        `${column} / ${u(taps)}`,
        `(${column} / ${u(kernelWidth)}) % ${u(kernelHeight)}`,
        `${column} % ${u(kernelWidth)}`,
      ],
    }),
    divisible: true,
  };
}
