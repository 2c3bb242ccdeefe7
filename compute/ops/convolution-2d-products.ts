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

/**
 * ∂x = wᵀ ∗ ∂y: [C/groups, O/groups·taps] · [O/groups·taps, N·⌈H/s⌉·⌈W/t⌉] for each group and each remainder of the position by the
 * strides s × t: those that share it meet the same taps of the kernel, every sth × tth, and no zeros stand between them (Shi et al.
 * 2016, arXiv:1609.05158, fig. 4). Only where an axis that is dilated has a stride of 1.
 */
export function inputGradientProduct(sizes: Convolution2dSizes): LinearProduct {
  const { batch, inputChannelsPerGroup, outputChannels, outputChannelsPerGroup, groups, stride, padding, dilation } = sizes;
  const [height, width] = sizes.input;
  const [outputHeight, outputWidth] = sizes.output;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  const taps = kernelHeight * kernelWidth;
  const met: readonly [number, number] = [Math.ceil(height / stride[0]), Math.ceil(width / stride[1])];
  const remainders = stride[0] * stride[1];
  const group = remainders === 1 ? 'item' : `(item / ${u(remainders)})`;
  /** The remainder of the position in the padded image, by the stride of an axis, and what is left of the division. */
  const shifted = [
    `((item / ${u(stride[1])}) % ${u(stride[0])}${plus(padding[0])})`,
    `(item % ${u(stride[1])}${plus(padding[1])})`,
  ] as const;
  const firstTap = (axis: 0 | 1): string => (stride[axis] === 1 ? '0u' : `${shifted[axis]} % ${u(stride[axis])}`);
  const offset = (axis: 0 | 1): string => (stride[axis] === 1 ? plus(padding[axis]) : ` + ${shifted[axis]} / ${u(stride[axis])}`);
  const cut = ([0, 1] as const).filter((axis) => sizes.kernel[axis] % stride[axis] !== 0);
  return {
    items: groups * remainders,
    rows: inputChannelsPerGroup,
    columns: batch * met[0] * met[1],
    depth: [
      { name: 'channel', size: outputChannelsPerGroup },
      { name: 'ky', size: Math.ceil(kernelHeight / stride[0]) },
      { name: 'kx', size: Math.ceil(kernelWidth / stride[1]) },
    ],
    rowOperand: {
      input: 1,
      locate: (place) => {
        const first = `(${group} * ${u(outputChannelsPerGroup * inputChannelsPerGroup)} + ${place}) * ${u(taps)}`;
        const tap = remainders === 1 ? '' : ` + (${firstTap(0)}) * ${u(kernelWidth)} + ${firstTap(1)}`;
        return at(`${first}${tap}`, cut.map(firstTap));
      },
      strides: [inputChannelsPerGroup * taps, stride[0] * kernelWidth, stride[1]],
      bounds: cut.map((axis) => ({ axis: axis + 1, step: stride[axis], limit: sizes.kernel[axis] })),
    },
    columnOperand: {
      input: 0,
      locate: (place, suffix) => {
        const bottom = `bottom_${suffix}`;
        const right = `right_${suffix}`;
        const channel = `(image_${suffix} * ${u(outputChannels)} + ${group} * ${u(outputChannelsPerGroup)})`;
        return at(
          `(${channel} * ${u(outputHeight)} + ${bottom}) * ${u(outputWidth)} + ${right}`,
          [bottom, right],
          [...unravel(place, suffix, met), `let ${bottom} = y_${suffix}${offset(0)};`, `let ${right} = x_${suffix}${offset(1)};`],
        );
      },
      strides: [outputHeight * outputWidth, -dilation[0] * outputWidth, -dilation[1]],
      bounds: [
        { axis: 1, step: -dilation[0], limit: outputHeight },
        { axis: 2, step: -dilation[1], limit: outputWidth },
      ],
    },
    result: (row, column) => {
      const { lines, index } = inImages(inputChannelsPerGroup, met)(row, column);
      if (remainders === 1) return { lines, index };
      const [y, x] = [
        `y_out * ${u(stride[0])} + (item / ${u(stride[1])}) % ${u(stride[0])}`,
        `x_out * ${u(stride[1])} + item % ${u(stride[1])}`,
      ];
      return {
        lines,
        index: ['image_out', `${group} * ${u(inputChannelsPerGroup)} + ${row}`, y, x],
        conditions: [
          ...(height % stride[0] === 0 ? [] : [`${y} < ${u(height)}`]),
          ...(width % stride[1] === 0 ? [] : [`${x} < ${u(width)}`]),
        ],
      };
    },
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
