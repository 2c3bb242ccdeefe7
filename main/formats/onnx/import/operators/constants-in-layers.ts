/** Constants that scale and shift what a layer gives: taken into the layer before them, or layers of their own. */
import { sizeOf } from '../../../../../compute/graph/tensor';
import { Refusal } from '../../../models/imported-model';
import type { NetworkBuilder } from '../../../models/network-builder';
import { reshapeView, sampleAxisOf, sampleAxes, shapeOfView, viewAs, type View } from '../../../models/views';
import { broadcastShape, expanded, type Constant } from '../constants';
import { alongOneAxis, weightNumbers, type NodeContext } from '../node-context';
import { axisOfAtom } from './along-axis';

/** Constant of one number a channel, as the layer at that view has them last: a bias that can be added to its own. */
function absorbShift(builder: NetworkBuilder, view: View, axis: number, shift: Float32Array): View | null {
  const { node } = view;
  const kind = builder.kindOf(node);
  const shape = builder.shapeOf(node);
  const [atom, second] = view.axes[axis] ?? [];
  if (builder.usesOf(node) > 0 || atom === undefined || second !== undefined) return null;
  const place = axisOfAtom(view, shape, atom);
  const attention = kind === 'multi-head-attention';
  const wanted = kind === 'dense' || attention ? shape.length - 1 : 0;
  const normal = kind === 'group-norm' || kind === 'layer-norm';
  if (place?.axis !== (kind === 'layer-norm' ? shape.length - 1 : wanted) || place.inner !== 1 || atom.size !== shift.length) return null;
  if (
    ['dense', 'conv2d', 'depthwise-conv2d', 'conv-transpose2d', 'multi-head-attention'].includes(kind) ||
    (normal && builder.parametersOf(node)['affine'] === true)
  ) {
    const name = attention ? 'out_proj.bias' : 'bias';
    const old = builder.weightOf(node, name);
    const sum = old === undefined ? shift : shift.map((value, index) => value + (old[index] ?? 0));
    builder.amend(node, normal || attention ? {} : { bias: true }, { [name]: sum });
    return view;
  }
  return null;
}

/** Scales of a norm that has none yet. */
function absorbScale(builder: NetworkBuilder, view: View, axis: number, scale: Float32Array): View | null {
  const { node } = view;
  const kind = builder.kindOf(node);
  const shape = builder.shapeOf(node);
  const [atom, second] = view.axes[axis] ?? [];
  if ((kind !== 'group-norm' && kind !== 'layer-norm') || builder.usesOf(node) > 0 || atom === undefined || second !== undefined)
    return null;
  if (builder.parametersOf(node)['affine'] !== false) return null;
  if (kind === 'layer-norm' && builder.parametersOf(node)['over'] !== 'last') return null;
  const place = axisOfAtom(view, shape, atom);
  if (place?.axis !== (kind === 'layer-norm' ? shape.length - 1 : 0) || place.inner !== 1) return null;
  builder.amend(node, { affine: true }, { weight: scale, bias: new Float32Array(scale.length) });
  return view;
}

/** Scale and shift of each place along an axis: kernels of 1 × 1 of a depthwise convolution. */
function channelwise(context: NodeContext, view: View, axis: number, scale: Float32Array | null, shift: Float32Array | null): View {
  const { builder } = context;
  const sample = sampleAxisOf(view, axis);
  if (sample === null) throw new Refusal('Constants along the axis of the batch: each sample would have its own.');
  const groups = sampleAxes(view);
  const channels = groups[sample] ?? [];
  const others = groups.filter((_, index) => index !== sample);
  const order = [sample, ...groups.map((_, index) => index).filter((index) => index !== sample)];
  const [height = [], ...width] = others;
  const image = builder.laidOut(view, [channels, height, width.flat()]);
  const count = scale?.length ?? shift?.length ?? 0;
  const node = builder.add(
    'depthwise-conv2d',
    context.hint,
    { multiplier: 1, kernelSize: [1, 1], stride: [1, 1], paddingMode: 'valid', padding: [0, 0], dilation: [1, 1], bias: shift !== null },
    [image],
    { weight: scale ?? new Float32Array(count).fill(1), ...(shift === null ? {} : { bias: shift }) },
  );
  const laid = viewAs(
    { ...view, axes: order.map((index) => groups[index] ?? []) },
    node,
    order.map((index) => sizeOf((groups[index] ?? []).map(({ size }) => size))),
  );
  // The atoms stand as channels first; the axes go back to where they were, and the batch with them.
  const back = groups.map((_, index) => laid.axes[order.indexOf(index)] ?? []);
  let next = 0;
  return {
    ...laid,
    axes: view.axes.map((atoms) =>
      atoms.length === 1 && atoms[0]?.batch === true ? atoms : [...atoms.filter(({ batch }) => batch), ...(back[next++] ?? [])],
    ),
  };
}

/** y = x + c for a constant of more than one number. */
export function addConstant(context: NodeContext, view: View, constant: Constant): View {
  const { builder } = context;
  const shape = shapeOfView(view);
  checkExpansion(shape, constant);
  const along = alongOneAxis(constant, shape.length);
  if (along !== null) {
    const shift = weightNumbers(constant);
    const absorbed = absorbShift(builder, view, along.axis, shift);
    if (absorbed !== null) return absorbed;
  }
  const groups = sampleAxes(view);
  if (groups.length === 2 && context.state.batch !== null) {
    const axes = shape.map((_, axis) => sampleAxisOf(view, axis));
    const batchless = { ...constant, shape: [...shape.map(() => 1).slice(constant.shape.length), ...constant.shape] };
    if (axes.some((axis, index) => axis === null && batchless.shape[index] !== 1))
      throw new Refusal('Constants along the axis of the batch: each sample would have its own.');
    const sizes = shape.map((size, axis) => (axes[axis] === null ? 1 : size));
    if (constant.data.length < sizeOf(sizes))
      context.approximate('Its constant is repeated; here each place has a number of its own, and training may part them.');
    const node = builder.add('positional-encoding', context.hint, { encoding: 'learned' }, [builder.plain(view)], {
      weight: weightNumbers(expanded(batchless, sizes)),
    });
    return viewAs(view, node, builder.shapeOf(node));
  }
  if (along !== null) return channelwise(context, view, along.axis, null, weightNumbers(constant));
  return wholeTable(context, view, constant, 'add');
}

export function multiplyConstant(context: NodeContext, view: View, constant: Constant): View {
  const shape = shapeOfView(view);
  checkExpansion(shape, constant);
  const along = alongOneAxis(constant, shape.length);
  if (along === null) return wholeTable(context, view, constant, 'multiply');
  const scale = weightNumbers(constant);
  return absorbScale(context.builder, view, along.axis, scale) ?? channelwise(context, view, along.axis, scale, null);
}

/** A number for each place of a sample: as channels of an image of one pixel. */
function wholeTable(context: NodeContext, view: View, constant: Constant, how: 'add' | 'multiply'): View {
  const shape = shapeOfView(view);
  const padded = { ...constant, shape: [...shape.map(() => 1).slice(constant.shape.length), ...constant.shape] };
  if (shape.some((_, axis) => sampleAxisOf(view, axis) === null && padded.shape[axis] !== 1))
    throw new Refusal('Constants along the axis of the batch: each sample would have its own.');
  const sizes = shape.map((size, axis) => (sampleAxisOf(view, axis) === null ? 1 : size));
  const table = weightNumbers(expanded(padded, sizes));
  const row: View = { ...view, axes: [sampleAxes(view).flat()] };
  const result = channelwise(context, row, 0, how === 'multiply' ? table : null, how === 'add' ? table : null);
  const [atoms = []] = result.axes;
  const back = reshapeView({ ...result, axes: [atoms] }, sizes);
  if (back === null) throw new Refusal('Its form is lost.');
  const batchAt = view.axes.findIndex((axis) => axis.length === 1 && axis[0]?.batch === true);
  return batchAt === -1
    ? back
    : { ...back, axes: back.axes.map((axis, index) => (index === batchAt ? (view.axes[batchAt] ?? axis) : axis)) };
}

/** The constant may be repeated along the value's axes, not the value along the constant's. */
export function checkExpansion(shape: readonly number[], constant: Constant): void {
  const result = broadcastShape(shape, constant.shape);
  if (result.length !== shape.length || result.some((size, axis) => size !== shape[axis]))
    throw new Refusal('It repeats a computed value to the shape of a constant.');
}
