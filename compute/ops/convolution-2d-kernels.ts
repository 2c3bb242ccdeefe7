/**
 * WGSL of the convolution and of its gradient with respect to the input. Each invocation computes a tile of output
 * channels × rows in registers, so that a row of the input is read once for all kernel rows that meet it; neighbouring
 * invocations take neighbouring columns. No workgroup memory, no barrier.
 */
import type { KernelContext, KernelSource } from '../graph/tensor';
import { blockProducts } from './block-product';
import { convolutionProduct, inputGradientProduct } from './convolution-2d-products';
import type { Convolution2dSizes } from './convolution-2d-sizes';
import { plus, range, u } from './kernel-text';
import type { LinearProduct } from './linear-product';
import { quadProduct } from './quad-product';

/** The largest divisor of `size` that is at most `limit`, or `limit` itself where the divisors are too small to be worth it. */
export function tileSize(size: number, limit: number): number {
  if (size <= limit) return size;
  for (let divisor = limit; divisor * 2 > limit; divisor--) if (size % divisor === 0) return divisor;
  return limit;
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Invocations side by side along the columns of an image, several rows of tiles in one workgroup. */
export function workgroupOver(columns: number, rows: number, invocations = 128): readonly [number, number, 1] {
  const width = columns <= 64 ? roundUp(columns, 4) : 64;
  return [width, Math.max(1, Math.min(rows, Math.floor(invocations / width))), 1];
}

/**
 * Code common to both: which channels of which group and which image this invocation works on. The last tile of a group
 * may reach past its end: what it reads there is some other number, and what it computes of it is not stored.
 */
function prologue(
  channelsPerGroup: number,
  groups: number,
  tileChannels: number,
  rowTiles: number,
  columns: number,
): { lines: string[]; rows: number } {
  const tilesPerGroup = Math.ceil(channelsPerGroup / tileChannels);
  const rows = rowTiles * tilesPerGroup * groups;
  return {
    rows,
    lines: [
      `if (global.x >= ${u(columns)} || global.y >= ${u(rows)}) { return; }`,
      `let item = global.z;`,
      `let rowTile = global.y % ${u(rowTiles)};`,
      `let channelTile = global.y / ${u(rowTiles)};`,
      groups === 1 ? 'let channelGroup = 0u;' : `let channelGroup = channelTile / ${u(tilesPerGroup)};`,
      `let firstInGroup = (channelTile % ${u(tilesPerGroup)}) * ${u(tileChannels)};`,
      `let firstChannel = channelGroup * ${u(channelsPerGroup)} + firstInGroup;`,
    ],
  };
}

function storeTile(
  context: KernelContext,
  sizes: { channelsPerGroup: number; tileChannels: number; rows: number; tileRows: number; columns: number; tileColumns: number },
): string[] {
  const { channelsPerGroup, tileChannels, rows, tileRows, columns, tileColumns } = sizes;
  const lines: string[] = [];
  for (const t of range(tileRows)) {
    lines.push(`{ let row = rowTile * ${u(tileRows)}${plus(t)};`);
    for (const s of range(tileColumns)) {
      lines.push(`{ let column = global.x * ${u(tileColumns)}${plus(s)};`);
      for (const c of range(tileChannels)) {
        const conditions = [
          ...(rows % tileRows === 0 ? [] : [`row < ${u(rows)}`]),
          ...(columns % tileColumns === 0 ? [] : [`column < ${u(columns)}`]),
          ...(channelsPerGroup % tileChannels === 0 ? [] : [`firstInGroup${plus(c)} < ${u(channelsPerGroup)}`]),
        ];
        const store = context.store(['item', `firstChannel${plus(c)}`, 'row', 'column'], `sum${String(c)}_${String(t)}_${String(s)}`);
        lines.push(conditions.length === 0 ? store : `if (${conditions.join(' && ')}) { ${store} }`);
      }
      lines.push('}');
    }
    lines.push('}');
  }
  return lines;
}

function forward(context: KernelContext, sizes: Convolution2dSizes, maximumChannels: number, maximumRows: number): KernelSource {
  const { batch, inputChannels, inputChannelsPerGroup, outputChannelsPerGroup, groups, stride, padding, dilation } = sizes;
  const [height, width] = sizes.input;
  const [outputHeight, outputWidth] = sizes.output;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  const tileChannels = tileSize(outputChannelsPerGroup, maximumChannels);
  const tileRows = tileSize(outputHeight, maximumRows);
  const rowTiles = Math.ceil(outputHeight / tileRows);
  const { lines, rows } = prologue(outputChannelsPerGroup, groups, tileChannels, rowTiles, outputWidth);
  const offsets = [...new Set(range(tileRows).flatMap((t) => range(kernelHeight).map((ky) => t * stride[0] + ky * dilation[0])))].sort(
    (a, b) => a - b,
  );

  for (const c of range(tileChannels)) for (const t of range(tileRows)) lines.push(`var sum${String(c)}_${String(t)}_0 = 0.0;`);
  lines.push(`let firstRow = rowTile * ${u(tileRows * stride[0])}${plus(-padding[0])};`);
  if (padding[0] > 0) for (const offset of offsets) lines.push(`let rowIn${String(offset)} = firstRow${plus(offset)} < ${u(height)};`);
  lines.push(
    `for (var inputChannel = 0u; inputChannel < ${u(inputChannelsPerGroup)}; inputChannel++) {`,
    `  let plane = (item * ${u(inputChannels)} + channelGroup * ${u(inputChannelsPerGroup)} + inputChannel) * ${u(height * width)};`,
    `  let weights = (firstChannel * ${u(inputChannelsPerGroup)} + inputChannel) * ${u(kernelHeight * kernelWidth)};`,
    `  let corner = plane + firstRow * ${u(width)} + global.x * ${u(stride[1])}${plus(-padding[1])};`,
    `  for (var kx = 0u; kx < ${u(kernelWidth)}; kx++) {`,
    `    let at = corner + kx * ${u(dilation[1])};`,
    `    let weight = weights + kx;`,
    ...(padding[1] > 0
      ? [`    let columnIn = global.x * ${u(stride[1])} + kx * ${u(dilation[1])}${plus(-padding[1])} < ${u(width)};`]
      : []),
  );
  for (const offset of offsets) {
    const read = context.load(0, `at${plus(offset * width)}`);
    // Not &&, which would branch.
    const condition = [...(padding[0] > 0 ? [`rowIn${String(offset)}`] : []), ...(padding[1] > 0 ? ['columnIn'] : [])].join(' & ');
    lines.push(`    let x${String(offset)} = ${condition === '' ? read : `select(0.0, ${read}, ${condition})`};`);
  }
  for (const c of range(tileChannels)) {
    for (const ky of range(kernelHeight)) {
      const place = (c * inputChannelsPerGroup * kernelHeight + ky) * kernelWidth;
      lines.push(`    let w${String(ky)}_${String(c)} = ${context.load(1, `weight${plus(place)}`)};`);
    }
  }
  // All loads stand before all sums: a load may branch (robust access), and branches keep sums out of registers.
  for (const c of range(tileChannels)) {
    for (const t of range(tileRows)) {
      const products = range(kernelHeight).map((ky) => `w${String(ky)}_${String(c)} * x${String(t * stride[0] + ky * dilation[0])}`);
      lines.push(`    sum${String(c)}_${String(t)}_0 += ${products.join(' + ')};`);
    }
  }
  lines.push('  }', '}');
  lines.push(
    ...storeTile(context, {
      channelsPerGroup: outputChannelsPerGroup,
      tileChannels,
      rows: outputHeight,
      tileRows,
      columns: outputWidth,
      tileColumns: 1,
    }),
  );
  const workgroupSize = workgroupOver(outputWidth, rows);
  return {
    variant: `register-${String(tileChannels)}x${String(tileRows)}`,
    workgroupSize,
    workgroups: [Math.ceil(outputWidth / workgroupSize[0]), Math.ceil(rows / workgroupSize[1]), batch],
    body: lines.join('\n'),
  };
}

/** Whole division where it leaves no rest, else null. */
const exactly = (value: number, divisor: number): number | null => (value % divisor === 0 ? value / divisor : null);

/**
 * ∂x[n, c, h, w] = Σ over o, ky, kx of ∂y[n, o, (h + padding − ky·dilation) / stride, …] · w[o, c, ky, kx] where the division
 * leaves no rest. A tile covers whole strides in both axes, so that the rest is known when the kernel is written.
 */
function inputGradient(context: KernelContext, sizes: Convolution2dSizes, maximumChannels: number, maximumRows: number): KernelSource {
  const { batch, inputChannelsPerGroup, outputChannels, outputChannelsPerGroup, groups, stride, padding, dilation } = sizes;
  const [height, width] = sizes.input;
  const [outputHeight, outputWidth] = sizes.output;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  const tileChannels = tileSize(inputChannelsPerGroup, maximumChannels);
  const tileRows = stride[0] === 1 ? tileSize(height, maximumRows) : roundUp(Math.min(height, maximumRows), stride[0]);
  const tileColumns = stride[1];
  const rowTiles = Math.ceil(height / tileRows);
  const columnThreads = Math.ceil(width / tileColumns);
  const { lines, rows } = prologue(inputChannelsPerGroup, groups, tileChannels, rowTiles, columnThreads);
  for (const c of range(tileChannels))
    for (const t of range(tileRows)) for (const s of range(tileColumns)) lines.push(`var sum${String(c)}_${String(t)}_${String(s)} = 0.0;`);
  const meeting = range(tileRows).flatMap((t) =>
    range(kernelHeight).flatMap((ky) => {
      const offset = exactly(t + padding[0] - ky * dilation[0], stride[0]);
      // Where one tile has all rows, those that no output row meets are known now.
      const outside = offset !== null && rowTiles === 1 && (offset < 0 || offset >= outputHeight);
      return offset === null || outside ? [] : [{ t, ky, offset }];
    }),
  );
  const offsets = [...new Set(meeting.map((one) => one.offset))].sort((a, b) => a - b);
  const suffix = (offset: number): string => (offset < 0 ? `m${String(-offset)}` : String(offset));
  lines.push(`let firstRow = rowTile * ${u(tileRows / stride[0])};`);
  if (rowTiles > 1) for (const offset of offsets) lines.push(`let rowIn${suffix(offset)} = firstRow${plus(offset)} < ${u(outputHeight)};`);
  lines.push(
    `for (var outputChannel = 0u; outputChannel < ${u(outputChannelsPerGroup)}; outputChannel++) {`,
    `let outputChannelOfAll = channelGroup * ${u(outputChannelsPerGroup)} + outputChannel;`,
    `let corner = ((item * ${u(outputChannels)} + outputChannelOfAll) * ${u(outputHeight)} + firstRow) * ${u(outputWidth)};`,
    `let weights = (outputChannelOfAll * ${u(inputChannelsPerGroup)} + firstInGroup) * ${u(kernelHeight * kernelWidth)};`,
  );

  /** Everything that one kernel column adds to the tile column `s`, reading ∂y in the column named `column`. */
  const addColumn = (s: number, kx: string): void => {
    lines.push(`let at = corner + column;`, `let weight = weights + ${kx};`, `let columnIn = column < ${u(outputWidth)};`);
    for (const offset of offsets) {
      const read = context.load(0, `at${plus(offset * outputWidth)}`);
      // Not &&, which would branch.
      lines.push(`let g${suffix(offset)} = select(0.0, ${read}, ${rowTiles > 1 ? `rowIn${suffix(offset)} & ` : ''}columnIn);`);
    }
    for (const c of range(tileChannels)) {
      for (const ky of new Set(meeting.map((one) => one.ky))) {
        lines.push(`let w${String(ky)}_${String(c)} = ${context.load(1, `weight${plus((c * kernelHeight + ky) * kernelWidth)}`)};`);
      }
    }
    // All loads stand before all sums: a load may branch (robust access), and branches keep sums out of registers.
    for (const c of range(tileChannels)) {
      for (const t of range(tileRows)) {
        const products = meeting.flatMap((one) => (one.t === t ? [`w${String(one.ky)}_${String(c)} * g${suffix(one.offset)}`] : []));
        if (products.length > 0) lines.push(`sum${String(c)}_${String(t)}_${String(s)} += ${products.join(' + ')};`);
      }
    }
  };

  if (stride[1] === 1) {
    lines.push(`for (var kx = 0u; kx < ${u(kernelWidth)}; kx++) {`, `let column = global.x${plus(padding[1])} - kx * ${u(dilation[1])};`);
    addColumn(0, 'kx');
    lines.push('}');
  } else {
    for (const kx of range(kernelWidth)) {
      for (const s of range(tileColumns)) {
        const offset = exactly(s + padding[1] - kx * dilation[1], stride[1]);
        if (offset === null) continue;
        lines.push('{', `let column = global.x${plus(offset)};`);
        addColumn(s, u(kx));
        lines.push('}');
      }
    }
  }
  lines.push('}');
  lines.push(
    ...storeTile(context, { channelsPerGroup: inputChannelsPerGroup, tileChannels, rows: height, tileRows, columns: width, tileColumns }),
  );
  const workgroupSize = workgroupOver(columnThreads, rows);
  return {
    variant: `register-${String(tileChannels)}x${String(tileRows)}x${String(tileColumns)}`,
    workgroupSize,
    workgroups: [Math.ceil(columnThreads / workgroupSize[0]), Math.ceil(rows / workgroupSize[1]), batch],
    body: lines.join('\n'),
  };
}

/** Whether quads pay: with few channels their tiles are small, and a tile of image rows reads less. */
const quadsPay = ({ profile }: KernelContext, channels: number): boolean => profile.quads && channels >= 12;

/** The variants that a product offers beside the direct ones, of which the first few channels want the latter. */
export function productVariants(context: KernelContext, product: LinearProduct, direct: readonly KernelSource[]): readonly KernelSource[] {
  if (context.profile.software) return quadsPay(context, product.rows) ? [quadProduct(context, product), ...direct] : direct;
  // Of a depthwise convolution each product has one row.
  if (product.rows < 4) return direct;
  const blocks = blockProducts(context, product);
  return product.rows >= 8 ? [...blocks, ...direct] : [...direct, ...blocks];
}

/** The variants for a convolution, best guess first. */
export function convolution2dKernels(context: KernelContext, sizes: Convolution2dSizes): readonly KernelSource[] {
  // Large tiles spare loads, which cost a CPU most; a GPU wants many invocations.
  const direct = context.profile.software ? forward(context, sizes, 6, 10) : forward(context, sizes, 4, 2);
  return productVariants(context, convolutionProduct(sizes), [direct]);
}

/** The variants for ∂L/∂x, best guess first. */
export function inputGradientKernels(context: KernelContext, sizes: Convolution2dSizes): readonly KernelSource[] {
  const direct = context.profile.software ? inputGradient(context, sizes, 3, 14) : inputGradient(context, sizes, 4, 2);
  const { stride, dilation } = sizes;
  const ofOne = stride[0] === 1 && stride[1] === 1;
  // Parts for each remainder by the strides are too small for quads.
  const parted = !context.profile.software && ([0, 1] as const).every((axis) => stride[axis] === 1 || dilation[axis] === 1);
  return ofOne || parted ? productVariants(context, inputGradientProduct(sizes), [direct]) : [direct];
}
