/**
 * WGSL of the convolution's gradient with respect to its weights: few outputs, each a sum over batch and space. The sum
 * is cut into splits (by image columns and by parts of the batch, decided from the shapes alone), so that its order never changes.
 */
import type { KernelContext, KernelSource } from '../graph/tensor';
import { range, tileSize } from './convolution-2d-kernels';
import type { Convolution2dSizes } from './convolution-2d-sizes';

const u = (value: number): string => `${String(value)}u`;
const plus = (value: number): string => (value === 0 ? '' : value > 0 ? ` + ${u(value)}` : ` - ${u(-value)}`);

/**
 * Each invocation keeps the sums of a tile of output channels × one kernel row, for one column of the output (or every
 * `lanes`th) and a part of the batch. Neighbouring invocations take neighbouring columns.
 */
function columnSplit(context: KernelContext, sizes: Convolution2dSizes, maximumChannels: number, wantedInvocations: number): KernelSource {
  const { batch, inputChannels, inputChannelsPerGroup, outputChannels, outputChannelsPerGroup, groups, stride, padding, dilation } = sizes;
  const [height, width] = sizes.input;
  const [outputHeight, outputWidth] = sizes.output;
  const [kernelHeight, kernelWidth] = sizes.kernel;
  const lanes = Math.min(outputWidth, 32);
  const tileChannels = tileSize(outputChannelsPerGroup, maximumChannels);
  const channelTiles = Math.ceil(outputChannelsPerGroup / tileChannels);
  // One per kernel row, input channel of the group, tile of output channels, group.
  const works = kernelHeight * inputChannelsPerGroup * channelTiles * groups;
  const batchSplits = Math.max(1, Math.min(batch, Math.ceil(wantedInvocations / (works * lanes))));
  const imagesPerSplit = Math.ceil(batch / batchSplits);
  const splits = Math.ceil(batch / imagesPerSplit);
  const laneWidth = Math.ceil(lanes / 4) * 4;
  const workgroupHeight = Math.max(1, Math.min(works, Math.floor(64 / laneWidth)));

  const lines: string[] = [
    `if (global.x >= ${u(lanes)} || global.y >= ${u(works)}) { return; }`,
    `let ky = global.y % ${u(kernelHeight)};`,
    `let rest = global.y / ${u(kernelHeight)};`,
    `let inputChannel = rest % ${u(inputChannelsPerGroup)};`,
    `let tileAndGroup = rest / ${u(inputChannelsPerGroup)};`,
    groups === 1 ? 'let channelGroup = 0u;' : `let channelGroup = tileAndGroup / ${u(channelTiles)};`,
    `let firstInGroup = (tileAndGroup % ${u(channelTiles)}) * ${u(tileChannels)};`,
    ...range(tileChannels).map((c) => {
      const inGroup = `firstInGroup${plus(c)}`;
      const clamped = outputChannelsPerGroup % tileChannels === 0 ? inGroup : `min(${inGroup}, ${u(outputChannelsPerGroup - 1)})`;
      return `let channel${String(c)} = channelGroup * ${u(outputChannelsPerGroup)} + ${clamped};`;
    }),
    ...range(tileChannels).flatMap((c) => range(kernelWidth).map((kx) => `var sum${String(c)}_${String(kx)} = 0.0;`)),
    `let firstItem = global.z * ${u(imagesPerSplit)};`,
    `for (var item = firstItem; item < min(firstItem + ${u(imagesPerSplit)}, ${u(batch)}); item++) {`,
    `let inputPlane = (item * ${u(inputChannels)} + channelGroup * ${u(inputChannelsPerGroup)} + inputChannel) * ${u(height * width)};`,
    ...range(tileChannels).map(
      (c) => `let gradientPlane${String(c)} = (item * ${u(outputChannels)} + channel${String(c)}) * ${u(outputHeight * outputWidth)};`,
    ),
    lanes === outputWidth ? `{ let column = global.x;` : `for (var column = global.x; column < ${u(outputWidth)}; column += ${u(lanes)}) {`,
    `for (var row = 0u; row < ${u(outputHeight)}; row++) {`,
    `let position = row * ${u(outputWidth)} + column;`,
    `let inputRow = row * ${u(stride[0])} + ky * ${u(dilation[0])}${plus(-padding[0])};`,
  ];
  for (const kx of range(kernelWidth)) {
    const column = `column * ${u(stride[1])}${plus(kx * dilation[1] - padding[1])}`;
    const read = context.load(0, `inputPlane + inputRow * ${u(width)} + ${column}`);
    const conditions = [
      ...(padding[0] > 0 ? [`inputRow < ${u(height)}`] : []),
      ...(padding[1] > 0 ? [`${column} < ${u(width)}`] : []),
    ];
    lines.push(`let x${String(kx)} = ${conditions.length === 0 ? read : `select(0.0, ${read}, ${conditions.join(' && ')})`};`);
  }
  for (const c of range(tileChannels)) {
    lines.push(`let g${String(c)} = ${context.load(1, `gradientPlane${String(c)} + position`)};`);
    for (const kx of range(kernelWidth)) lines.push(`sum${String(c)}_${String(kx)} += g${String(c)} * x${String(kx)};`);
  }
  lines.push('}', '}', '}');
  for (const c of range(tileChannels)) {
    const stores = range(kernelWidth).map((kx) =>
      context.store([`global.z * ${u(lanes)} + global.x`, `channel${String(c)}`, 'inputChannel', 'ky', u(kx)], `sum${String(c)}_${String(kx)}`),
    );
    const guarded = outputChannelsPerGroup % tileChannels === 0;
    lines.push(guarded ? stores.join(' ') : `if (firstInGroup${plus(c)} < ${u(outputChannelsPerGroup)}) { ${stores.join(' ')} }`);
  }
  return {
    variant: `columns-${String(tileChannels)}x${String(kernelWidth)}-splits-${String(splits * lanes)}`,
    workgroupSize: [laneWidth, workgroupHeight, 1],
    workgroups: [1, Math.ceil(works / workgroupHeight), splits],
    splits: splits * lanes,
    body: lines.join('\n'),
  };
}

/** The variants for ∂L/∂w, best guess first. */
export function weightGradientKernels(context: KernelContext, sizes: Convolution2dSizes): readonly KernelSource[] {
  return [columnSplit(context, sizes, 8, context.profile.software ? 2048 : 16384)];
}
