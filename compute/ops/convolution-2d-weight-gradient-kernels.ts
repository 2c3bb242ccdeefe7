/**
 * WGSL of the convolution's gradient with respect to its weights: few outputs, each a sum over batch and space. The sum
 * is cut into splits (by image columns and by parts of the batch, decided from the shapes alone), so that its order never changes.
 */
import type { KernelContext, KernelSource } from '../graph/tensor';
import { productVariants, tileSize } from './convolution-2d-kernels';
import { weightGradientProduct } from './convolution-2d-products';
import type { Convolution2dSizes } from './convolution-2d-sizes';
import { plus, range, u } from './kernel-text';

/**
 * Each invocation keeps the sums of a tile of output channels × the kernel (one row of it, if it is large), for one column
 * of the output (or every `lanes`th) and a part of the batch. Neighbouring invocations take neighbouring columns; some rows
 * are done at once, so that an element of the input is read once for all kernel rows that meet it.
 */
function columnSplit(context: KernelContext, sizes: Convolution2dSizes, wantedInvocations: number, unrolledProducts: number): KernelSource {
  const { batch, inputChannels, inputChannelsPerGroup, outputChannels, outputChannelsPerGroup, groups, stride, padding, dilation } = sizes;
  const [height, width] = sizes.input;
  const [outputHeight, outputWidth] = sizes.output;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  const lanes = Math.min(outputWidth, 32);
  const kernelRows = kernelHeight * kernelWidth <= unrolledProducts / 4 ? kernelHeight : 1;
  const taps = kernelRows * kernelWidth;
  const tileChannels = tileSize(outputChannelsPerGroup, Math.max(1, Math.min(6, Math.floor(unrolledProducts / taps))));
  const tileRows = tileSize(outputHeight, Math.max(1, Math.min(8, Math.floor(unrolledProducts / (taps * tileChannels)))));
  const channelTiles = Math.ceil(outputChannelsPerGroup / tileChannels);
  const kernelParts = kernelHeight / kernelRows;
  // One per part of the kernel, input channel of the group, tile of output channels, group.
  const works = kernelParts * inputChannelsPerGroup * channelTiles * groups;
  const batchSplits = Math.max(1, Math.min(batch, Math.ceil(wantedInvocations / (works * lanes))));
  const imagesPerSplit = Math.ceil(batch / batchSplits);
  const splits = Math.ceil(batch / imagesPerSplit);
  const laneWidth = Math.ceil(lanes / 4) * 4;
  const workgroupHeight = Math.max(1, Math.min(works, Math.floor(64 / laneWidth)));
  const exactRows = outputHeight % tileRows === 0;
  const kernelPlace = range(kernelRows).flatMap((ky) => range(kernelWidth).map((kx) => ({ ky, kx })));
  const rowOffset = (t: number, ky: number): number => t * stride[0] + ky * dilation[0];
  const offsets = [...new Set(range(tileRows).flatMap((t) => range(kernelRows).map((ky) => rowOffset(t, ky))))].sort((a, b) => a - b);

  const lines: string[] = [
    `if (global.x >= ${u(lanes)} || global.y >= ${u(works)}) { return; }`,
    `let firstKernelRow = global.y % ${u(kernelParts)};`,
    `let rest = global.y / ${u(kernelParts)};`,
    `let inputChannel = rest % ${u(inputChannelsPerGroup)};`,
    `let tileAndGroup = rest / ${u(inputChannelsPerGroup)};`,
    groups === 1 ? 'let channelGroup = 0u;' : `let channelGroup = tileAndGroup / ${u(channelTiles)};`,
    `let firstInGroup = (tileAndGroup % ${u(channelTiles)}) * ${u(tileChannels)};`,
    `let firstChannel = channelGroup * ${u(outputChannelsPerGroup)} + firstInGroup;`,
    ...range(tileChannels).flatMap((c) => kernelPlace.map(({ ky, kx }) => `var sum${String(c)}_${String(ky)}_${String(kx)} = 0.0;`)),
    `let firstItem = global.z * ${u(imagesPerSplit)};`,
    `for (var item = firstItem; item < min(firstItem + ${u(imagesPerSplit)}, ${u(batch)}); item++) {`,
    `let inputPlane = (item * ${u(inputChannels)} + channelGroup * ${u(inputChannelsPerGroup)} + inputChannel) * ${u(height * width)};`,
    `let gradientPlane = (item * ${u(outputChannels)} + firstChannel) * ${u(outputHeight * outputWidth)};`,
    lanes === outputWidth ? `{ let column = global.x;` : `for (var column = global.x; column < ${u(outputWidth)}; column += ${u(lanes)}) {`,
    `let inputColumn = column * ${u(stride[1])}${plus(-padding[1])};`,
    ...(padding[1] > 0
      ? range(kernelWidth).map((kx) => `let columnIn${String(kx)} = inputColumn${plus(kx * dilation[1])} < ${u(width)};`)
      : []),
    `for (var row = 0u; row < ${u(outputHeight)}; row += ${u(tileRows)}) {`,
    `let inputRow = row * ${u(stride[0])} + firstKernelRow * ${u(dilation[0])}${plus(-padding[0])};`,
    `let inputAt = inputPlane + inputRow * ${u(width)} + inputColumn;`,
    `let gradientAt = gradientPlane + row * ${u(outputWidth)} + column;`,
  ];
  for (const offset of offsets) {
    if (padding[0] > 0) lines.push(`let rowIn${String(offset)} = inputRow${plus(offset)} < ${u(height)};`);
    for (const kx of range(kernelWidth)) {
      const read = context.load(0, `inputAt${plus(offset * width + kx * dilation[1])}`);
      // Not &&, which would branch.
      const condition = [...(padding[0] > 0 ? [`rowIn${String(offset)}`] : []), ...(padding[1] > 0 ? [`columnIn${String(kx)}`] : [])].join(
        ' & ',
      );
      lines.push(`let x${String(offset)}_${String(kx)} = ${condition === '' ? read : `select(0.0, ${read}, ${condition})`};`);
    }
  }
  for (const c of range(tileChannels)) {
    for (const t of range(tileRows)) {
      const read = context.load(1, `gradientAt${plus((c * outputHeight + t) * outputWidth)}`);
      lines.push(`let g${String(c)}_${String(t)} = ${exactRows ? read : `select(0.0, ${read}, row${plus(t)} < ${u(outputHeight)})`};`);
    }
  }
  // All loads stand before all sums: a load may branch (robust access), and branches keep sums out of registers.
  for (const c of range(tileChannels)) {
    for (const { ky, kx } of kernelPlace) {
      const products = range(tileRows).map((t) => `g${String(c)}_${String(t)} * x${String(rowOffset(t, ky))}_${String(kx)}`);
      lines.push(`sum${String(c)}_${String(ky)}_${String(kx)} += ${products.join(' + ')};`);
    }
  }
  lines.push('}', '}', '}');
  for (const c of range(tileChannels)) {
    const stores = kernelPlace.map(({ ky, kx }) => {
      const kernelRow = kernelParts === 1 ? u(ky) : 'firstKernelRow';
      const index = [`global.z * ${u(lanes)} + global.x`, `firstChannel${plus(c)}`, 'inputChannel', kernelRow, u(kx)];
      return context.store(index, `sum${String(c)}_${String(ky)}_${String(kx)}`);
    });
    const guarded = outputChannelsPerGroup % tileChannels === 0;
    lines.push(guarded ? stores.join(' ') : `if (firstInGroup${plus(c)} < ${u(outputChannelsPerGroup)}) { ${stores.join(' ')} }`);
  }
  return {
    variant: `columns-${String(tileChannels)}x${String(tileRows)}x${String(kernelRows)}-splits-${String(splits * lanes)}`,
    workgroupSize: [laneWidth, workgroupHeight, 1],
    workgroups: [1, Math.ceil(works / workgroupHeight), splits],
    splits: splits * lanes,
    body: lines.join('\n'),
  };
}

/** The variants for ∂L/∂w, best guess first. */
export function weightGradientKernels(context: KernelContext, sizes: Convolution2dSizes): readonly KernelSource[] {
  // Products that an invocation unrolls: more spare loads, until compiling them takes too long or a GPU runs out of registers.
  const direct = context.profile.software ? columnSplit(context, sizes, 2048, 240) : columnSplit(context, sizes, 16384, 64);
  return productVariants(context, weightGradientProduct(sizes), [direct]);
}
