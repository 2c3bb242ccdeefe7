/** Convolutions, pools, resizing and reductions. */
import { sizeOf } from '../../../../../compute/graph/tensor';
import { call, leaf, materialise, number } from '../../../models/elementwise';
import { Refusal } from '../../../models/imported-model';
import { freshView, sampleAxisOf, shapeOfView, squeezeView, unsqueezeView, viewAs, type View } from '../../../models/views';
import { axesOf } from '../fold';
import { listOf, normalAxis, only, weightNumbers, type NodeContext } from '../node-context';
import { tensor } from '../values';
import { padded } from './shape';
import { operator, type OperatorTable } from './operator';

interface Image {
  readonly view: View;
  /** 1 where the file's has length alone: then it has a height of 1 here. */
  readonly flat: boolean;
  readonly channels: number;
  readonly size: readonly [number, number];
}

/** The input as [batch, channels, height, width]. */
function imageOf(context: NodeContext): Image {
  const given = context.view(0);
  const rank = given.axes.length;
  if (rank !== 3 && rank !== 4)
    throw new Refusal(`${context.node.operator} over ${String(rank - 2)} axes; over one and two there are layers.`);
  const [first] = given.axes;
  if (context.state.batch === null || first?.length !== 1 || first[0]?.batch !== true)
    throw new Refusal('The first axis of its input is not that of the batch.');
  const view = rank === 3 ? unsqueezeView(given, new Set([2])) : given;
  const [, channels = 1, height = 1, width = 1] = shapeOfView(view);
  return { view, flat: rank === 3, channels, size: [height, width] };
}

/** Numbers for both axes; one for a flat image, whose height takes `other`. */
function pair(values: readonly number[] | null, flat: boolean, other: number): [number, number] {
  if (values === null) return [other, other];
  const [a = other, b = a] = values;
  return flat ? [other, a] : [a, b];
}

interface Zeros {
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
}

function zerosOf(
  context: NodeContext,
  { size, flat }: Image,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): Zeros {
  const mode = context.text('auto_pad', 'NOTSET');
  if (mode === 'VALID') return { before: [0, 0], after: [0, 0] };
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    const totals = size.map((length, axis) => {
      const step = stride[axis] ?? 1;
      return Math.max((Math.ceil(length / step) - 1) * step + (dilation[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1 - length, 0);
    });
    const less = totals.map((total) => Math.floor(total / 2));
    const more = totals.map((total) => Math.ceil(total / 2));
    const [before, after] = mode === 'SAME_UPPER' ? [less, more] : [more, less];
    return { before: pair(before, false, 0), after: pair(after, false, 0) };
  }
  const pads = context.integers('pads');
  if (pads === null) return { before: [0, 0], after: [0, 0] };
  const half = pads.length / 2;
  if (pads.some((count) => count < 0)) throw new Refusal('Its padding is negative.');
  return { before: pair(pads.slice(0, half), flat, 0), after: pair(pads.slice(half), flat, 0) };
}

const even = ({ before, after }: Zeros): boolean => before[0] === after[0] && before[1] === after[1];

/** Behind it every number is 0 or more, so that zeros never win. */
const neverNegative: ReadonlySet<string> = new Set(['relu', 'sigmoid', 'softplus']);

/** The image with what the layer itself cannot add: other zeros before than after. */
function evened(context: NodeContext, image: Image, zeros: Zeros): { readonly view: View; readonly padding: [number, number] } {
  if (even(zeros)) return { view: image.view, padding: [...zeros.before] };
  const { before, after } = zeros;
  return { view: padded(context, image.view, [2, 3], [before[0], after[0], before[1], after[1]]), padding: [0, 0] };
}

function giveImage(context: NodeContext, image: Image, node: string): void {
  const { batch } = context.state;
  if (batch === null) throw new TypeError('an image stands in a batch');
  const view = freshView(node, context.builder.shapeOf(node), { atom: batch, axis: 0 });
  context.give(tensor(image.flat ? squeezeView(view, new Set([2])) : view));
}

function convolution(context: NodeContext): void {
  const image = imageOf(context);
  const weight = context.constant(1);
  const [outChannels = 1, , ...sizes] = weight.shape;
  const kernelSize = pair(sizes, image.flat, 1);
  const stride = pair(context.integers('strides'), image.flat, 1);
  const dilation = pair(context.integers('dilations'), image.flat, 1);
  const groups = context.integer('group', 1);
  const bias = context.has(2);
  const zeros = zerosOf(context, image, kernelSize, stride, dilation);
  const { view, padding } = evened(context, image, zeros);
  const numbers = { weight: weightNumbers(weight), ...(bias ? { bias: weightNumbers(context.constant(2)) } : {}) };
  const shared = { kernelSize, stride, paddingMode: 'explicit', padding, dilation, bias };
  const depthwise = groups === image.channels && groups > 1 && outChannels % groups === 0;
  const node = depthwise
    ? context.builder.add(
        'depthwise-conv2d',
        context.hint,
        { ...shared, multiplier: outChannels / groups },
        [context.builder.plain(view)],
        numbers,
      )
    : context.builder.add('conv2d', context.hint, { ...shared, outChannels, groups }, [context.builder.plain(view)], numbers);
  giveImage(context, image, node);
}

function transposedConvolution(context: NodeContext): void {
  const image = imageOf(context);
  const weight = context.constant(1);
  const groups = context.integer('group', 1);
  const [, perGroup = 1, ...sizes] = weight.shape;
  const kernelSize = pair(sizes, image.flat, 1);
  const stride = pair(context.integers('strides'), image.flat, 1);
  const dilation = pair(context.integers('dilations'), image.flat, 1);
  const extra = pair(context.integers('output_padding'), image.flat, 0);
  const wanted = context.integers('output_shape');
  const bias = context.has(2);
  const mode = context.text('auto_pad', 'NOTSET');
  const reach = kernelSize.map((length, axis) => (dilation[axis] ?? 1) * (length - 1) + 1);
  let zeros = zerosOf(context, image, kernelSize, stride, dilation);
  if (wanted !== null || mode.startsWith('SAME')) {
    const target = wanted === null ? image.size.map((length, axis) => length * (stride[axis] ?? 1)) : pair(wanted.slice(-2), image.flat, 1);
    const totals = image.size.map(
      (length, axis) => (stride[axis] ?? 1) * (length - 1) + (extra[axis] ?? 0) + (reach[axis] ?? 1) - (target[axis] ?? 1),
    );
    for (const [axis, total] of totals.entries()) {
      if (total >= 0) continue;
      extra[axis] = (extra[axis] ?? 0) - total;
      totals[axis] = 0;
    }
    const less = pair(
      totals.map((total) => Math.floor(total / 2)),
      false,
      0,
    );
    const more = pair(
      totals.map((total) => Math.ceil(total / 2)),
      false,
      0,
    );
    zeros = mode === 'SAME_UPPER' ? { before: less, after: more } : { before: more, after: less };
  }
  const symmetric = even(zeros);
  const numbers = { weight: weightNumbers(weight), ...(bias ? { bias: weightNumbers(context.constant(2)) } : {}) };
  const { builder } = context;
  const padding = symmetric ? [...zeros.before] : [0, 0];
  let node = builder.add(
    'conv-transpose2d',
    context.hint,
    { outChannels: perGroup * groups, kernelSize, stride, padding, outputPadding: extra, dilation, groups, bias },
    [builder.plain(image.view)],
    numbers,
  );
  for (const axis of symmetric ? [] : ([0, 1] as const)) {
    const length = (builder.shapeOf(node)[axis + 1] ?? 1) - zeros.before[axis] - zeros.after[axis];
    if (length < 1) throw new Refusal('Nothing would be left of it.');
    if (zeros.before[axis] + zeros.after[axis] > 0)
      node = builder.add('slice', `${context.hint}_cut`, { axis: axis + 1, start: zeros.before[axis], length }, [node]);
  }
  giveImage(context, image, node);
}

function pool(context: NodeContext, kind: 'max-pool' | 'average-pool'): void {
  if (context.used(1)) throw new Refusal('The places of the greatest values are used.');
  const image = imageOf(context);
  const kernelSize = pair(context.integers('kernel_shape'), image.flat, 1);
  const stride = pair(context.integers('strides'), image.flat, 1);
  const dilation = pair(context.integers('dilations'), image.flat, 1);
  if (dilation.some((step) => step !== 1)) throw new Refusal('Its windows have gaps.');
  only(context, 'storage_order', 0);
  const zeros = zerosOf(context, image, kernelSize, stride, dilation);
  const { builder } = context;
  const sizeAfter = (round: (value: number) => number): number[] =>
    image.size.map((length, axis) =>
      round((length + (zeros.before[axis] ?? 0) + (zeros.after[axis] ?? 0) - (kernelSize[axis] ?? 1)) / (stride[axis] ?? 1)),
    );
  if (context.integer('ceil_mode', 0) === 1 && sizeAfter(Math.ceil).some((size, axis) => size !== sizeAfter(Math.floor)[axis]))
    throw new Refusal('Its last windows reach beyond the image (ceil_mode).');
  const any = [...zeros.before, ...zeros.after].some((count) => count > 0);
  if (kind === 'average-pool' && any && context.integer('count_include_pad', 0) === 0)
    throw new Refusal('Its averages leave the padding out (count_include_pad = 0).');
  if (kind === 'max-pool' && !even(zeros) && !neverNegative.has(builder.kindOf(image.view.node)))
    throw new Refusal('It pads more on one side than on the other, and its input may be negative.');
  const { view, padding } = evened(context, image, zeros);
  const node = builder.add(kind, context.hint, { kernelSize, stride, padding }, [builder.plain(view)]);
  giveImage(context, image, node);
}

/** Mean or maximum over axes of a sample: of an image whose pixels they are. */
export function reduced(
  context: NodeContext,
  view: View,
  axes: readonly number[],
  kind: 'global-average-pool' | 'global-max-pool',
  keep: boolean,
): View {
  if (axes.some((axis) => sampleAxisOf(view, axis) === null && (view.axes[axis]?.length ?? 0) > 0))
    throw new Refusal('It would mix the samples of a batch.');
  const { builder } = context;
  const kept = view.axes.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const own = (axis: number) => (view.axes[axis] ?? []).filter(({ batch }) => !batch);
  const pixels = axes.filter((axis) => own(axis).length > 0);
  const rows = pixels.length === 2 ? own(pixels[0] ?? 0) : pixels.flatMap(own);
  const columns = pixels.length === 2 ? own(pixels[1] ?? 0) : [];
  const node = builder.add(kind, context.hint, {}, [builder.laidOut(view, [kept.flatMap(own), rows, columns])]);
  const left = viewAs(
    { ...view, axes: kept.map((axis) => view.axes[axis] ?? []) },
    node,
    kept
      .filter((axis) => !(view.axes[axis]?.length === 1 && view.axes[axis][0]?.batch === true))
      .map((axis) => sizeOf(own(axis).map(({ size }) => size))),
  );
  return keep ? unsqueezeView(left, new Set(axes)) : left;
}

function reduction(context: NodeContext): { readonly axes: readonly number[]; readonly keep: boolean; readonly count: number } {
  const shape = context.shape(0);
  const given = axesOf(context);
  const none = given === null || given.length === 0;
  if (none && context.integer('noop_with_empty_axes', 0) === 1) return { axes: [], keep: true, count: 1 };
  const axes = none ? shape.map((_, axis) => axis) : given.map((axis) => normalAxis(axis, shape.length));
  return { axes, keep: context.integer('keepdims', 1) === 1, count: sizeOf(axes.map((axis) => shape[axis] ?? 1)) };
}

/** f⁻¹(n · mean of f(x)), of which sums, norms and logarithms of sums are cases. */
const summed = (before: 'square' | 'abs' | 'exp' | null, after: 'sqrt' | 'log' | null) =>
  operator('Global average pool with Expressions', '', (context) => {
    const { axes, keep, count } = reduction(context);
    const x = context.tree(0);
    const inner = before === null ? x : before === 'square' ? call('multiply', [x, x]) : call(before, [x]);
    const mean = leaf(
      axes.length === 0
        ? materialise(context.builder, inner)
        : reduced(context, materialise(context.builder, inner), axes, 'global-average-pool', keep),
    );
    const total = count === 1 ? mean : call('multiply', [mean, number(count)], context.hint);
    context.give({ kind: 'formula', tree: after === null ? total : call(after, [total], context.hint) });
  });

function mean(context: NodeContext): void {
  const value = context.value(0);
  const { axes, keep } = reduction(context);
  const last = keep && axes.length === 1 && axes[0] === context.shape(0).length - 1;
  if (value.kind === 'norm') {
    if (value.part !== 'squares' || !last)
      throw new Refusal('Means over the last axis are known as parts of a layer norm alone, where they are used like this.');
    context.give({ ...value, part: 'variance' });
    return;
  }
  const view = context.view(0);
  const output = context.node.outputs[0] ?? '';
  if (last && context.state.takenBySub.has(output)) context.give({ kind: 'norm', part: 'mean', view, epsilon: 0 });
  else context.give(tensor(axes.length === 0 ? view : reduced(context, view, axes, 'global-average-pool', keep)));
}

/** Which pixel each pixel of the result repeats, by the operator's modes. */
function nearestPlaces(context: NodeContext, length: number, scale: number): number[] {
  const result = Math.floor(length * scale);
  const transformation = context.opset < 11 ? 'asymmetric' : context.text('coordinate_transformation_mode', 'half_pixel');
  const rounding = context.opset < 11 ? 'floor' : context.text('nearest_mode', 'round_prefer_floor');
  return Array.from({ length: result }, (_, index) => {
    const place =
      transformation === 'asymmetric'
        ? index / scale
        : transformation === 'align_corners'
          ? result === 1
            ? 0
            : (index * (length - 1)) / (result - 1)
          : transformation === 'half_pixel' || (transformation === 'pytorch_half_pixel' && result > 1)
            ? (index + 0.5) / scale - 0.5
            : NaN;
    const rounded =
      rounding === 'floor'
        ? Math.floor(place)
        : rounding === 'ceil'
          ? Math.ceil(place)
          : rounding === 'round_prefer_ceil'
            ? Math.floor(place + 0.5)
            : Math.ceil(place - 0.5);
    return Math.min(length - 1, Math.max(0, rounded));
  });
}

function resize(context: NodeContext): void {
  const image = imageOf(context);
  const shape = context.shape(0);
  const upsample = context.node.operator === 'Upsample';
  const input = upsample || context.opset < 11 ? 1 : 2;
  const attribute = context.node.attributes.get('scales');
  const scales =
    attribute?.kind === 'floats'
      ? attribute.value
      : context.has(input) && context.constant(input).data.length > 0
        ? listOf(context.constant(input))
        : context.has(3)
          ? listOf(context.constant(3)).map((size, axis) => size / (shape[axis] ?? 1))
          : [];
  if (scales.length !== shape.length || scales[0] !== 1 || scales[1] !== 1)
    throw new Refusal('It resizes other axes than height and width, or some alone.');
  const scale = pair(scales.slice(2), image.flat, 1);
  if (scale.some((factor) => !Number.isInteger(factor) || factor < 1 || factor > 64))
    throw new Refusal('It resizes by other than whole factors up to 64.');
  const mode = context.text('mode', 'nearest');
  const { builder } = context;
  if (mode === 'nearest') {
    const regular = image.size.every((length, axis) =>
      nearestPlaces(context, length, scale[axis] ?? 1).every((place, index) => place === Math.floor(index / (scale[axis] ?? 1))),
    );
    if (!regular) throw new Refusal('It does not repeat every pixel as often.');
  } else if (mode === 'linear' && !upsample && context.opset >= 11) {
    const transformation = context.text('coordinate_transformation_mode', 'half_pixel');
    if (transformation !== 'half_pixel' && transformation !== 'pytorch_half_pixel')
      throw new Refusal(`It draws lines between other places (${transformation}).`);
  } else throw new Refusal(`Its mode is ${mode}.`);
  const node = builder.add('upsample', context.hint, { scale, mode: mode === 'nearest' ? 'nearest' : 'bilinear' }, [
    builder.plain(image.view),
  ]);
  giveImage(context, image, node);
}

const globalPool = (kind: 'global-average-pool' | 'global-max-pool') => (context: NodeContext) => {
  const view = context.view(0);
  context.give(
    tensor(
      reduced(
        context,
        view,
        view.axes.flatMap((_, axis) => (axis < 2 ? [] : [axis])),
        kind,
        true,
      ),
    ),
  );
};

const localResponse = (context: NodeContext): void => {
  const image = imageOf(context);
  const size = context.integer('size', 1);
  const node = context.builder.add(
    'local-response-norm',
    context.hint,
    { size, alpha: context.float('alpha', 1e-4), beta: context.float('beta', 0.75), k: context.float('bias', 1) },
    [context.builder.plain(image.view)],
  );
  giveImage(context, image, node);
};

export const windowOperators: OperatorTable = {
  Conv: operator('Conv 2D; Depthwise conv 2D; Pad', 'Over one or two axes, with constant weights.', convolution),
  ConvTranspose: operator('Transposed conv 2D; Slice', 'Over one or two axes, with constant weights.', transposedConvolution),
  MaxPool: operator('Max pool', 'Over one or two axes, without gaps; uneven padding behind a ReLU alone.', (context) => {
    pool(context, 'max-pool');
  }),
  AveragePool: operator('Average pool', 'Over one or two axes; padding counts or there is none.', (context) => {
    pool(context, 'average-pool');
  }),
  GlobalAveragePool: operator('Global average pool', '', globalPool('global-average-pool')),
  GlobalMaxPool: operator('Global max pool', '', globalPool('global-max-pool')),
  LRN: operator('Local response norm', 'Over an odd number of channels.', localResponse),
  Resize: operator('Upsample', 'By whole factors; nearest, or linear between the middles of pixels.', resize),
  Upsample: operator('Upsample', 'By whole factors; nearest.', resize),
  ReduceMean: operator('Global average pool; part of Layer norm', '', mean),
  ReduceMax: operator('Global max pool', '', (context) => {
    const { axes, keep } = reduction(context);
    context.give(tensor(reduced(context, context.view(0), axes, 'global-max-pool', keep)));
  }),
  ReduceMin: operator('Global max pool with Expressions', '', (context) => {
    const { axes, keep } = reduction(context);
    const opposite = materialise(context.builder, call('negate', [context.tree(0)]));
    context.give({
      kind: 'formula',
      tree: call('negate', [leaf(reduced(context, opposite, axes, 'global-max-pool', keep))], context.hint),
    });
  }),
  ReduceSum: summed(null, null),
  ReduceSumSquare: summed('square', null),
  ReduceL1: summed('abs', null),
  ReduceL2: summed('square', 'sqrt'),
  ReduceLogSum: summed(null, 'log'),
  ReduceLogSumExp: summed('exp', 'log'),
};
