/** Operators that move numbers without changing them: most need no layer, since a view says where the numbers lie. */
import { sameShape, sizeOf } from '../../../../../compute/graph/tensor';
import { Refusal } from '../../../models/imported-model';
import {
  freshView,
  permuteView,
  reshapeView,
  sampleAxes,
  sampleAxisOf,
  shapeOfView,
  squeezeView,
  unsqueezeView,
  viewAs,
  type Atom,
  type View,
} from '../../../models/views';
import { sliceRange } from '../constants';
import { axesOf, reshapeSizes, slicesOf, splitSizes } from '../fold';
import { listOf, normalAxis, scalarOf, shapeOfValue, weightNumbers, type NodeContext } from '../node-context';
import { shapeOfScores, tensor, type ScoresValue } from '../values';
import { axisOfAtom, inOwnOrder } from './along-axis';
import { joinedHeads } from './attention';
import { operator, type OperatorTable } from './operator';

const identity = operator('', '', (context) => {
  context.give(context.value(0));
});

/** Another form of the same numbers; where an axis would be cut across, a node lays them out first. */
export function reformed(context: NodeContext, view: View, sizes: readonly number[]): View {
  const direct = reshapeView(view, sizes);
  if (direct !== null) return direct;
  const { batch } = context.state;
  const [first] = view.axes;
  if (batch !== null && !(first?.length === 1 && first[0]?.batch === true)) throw new Refusal('It would mix the samples of a batch.');
  const node = context.builder.plain(view);
  const fresh = freshView(node, context.builder.shapeOf(node), batch === null ? null : { atom: batch, axis: 0 });
  const made = reshapeView(fresh, sizes);
  if (made === null) throw new Refusal('It would mix the samples of a batch.');
  return made;
}

/** Scores in another form for a while, such as an image for a mask. */
function reformedScores(scores: ScoresValue, sizes: readonly number[]): ScoresValue {
  const own = shapeOfScores(scores);
  if (sizes[0] !== own[0] || sizeOf(sizes) !== sizeOf(own)) throw new Refusal('It would mix the samples of a batch.');
  return { ...scores, form: sameShape(sizes, own) ? null : sizes };
}

/** A piece along an axis: of the node's own axis where it is a whole one, or the outer part of one. */
export function sliced(context: NodeContext, view: View, axis: number, start: number, length: number, hint = context.hint): View {
  const atoms = view.axes[axis] ?? [];
  if (sampleAxisOf(view, axis) === null) throw new Refusal('It would take some samples of a batch and leave others.');
  const { builder } = context;
  const [atom] = atoms;
  const place = atom === undefined || atoms.length > 1 ? null : axisOfAtom(view, builder.shapeOf(view.node), atom);
  if (atom !== undefined && place?.outermost === true) {
    const node = builder.add('slice', hint, { axis: place.axis, start: start * place.inner, length: length * place.inner }, [view.node]);
    const left: Atom = { size: length, batch: false };
    const swap = (one: Atom): Atom => (one === atom ? left : one);
    return {
      node,
      base: view.base.map(swap),
      axes: view.axes.map((group) => group.map(swap).filter((one) => one.batch || one.size !== 1)),
    };
  }
  const sample = sampleAxisOf(view, axis) ?? 0;
  return inOwnOrder(builder, view, (node, placeOf) => builder.add('slice', hint, { axis: placeOf(sample), start, length }, [node]));
}

function slice(context: NodeContext): void {
  let view = context.view(0);
  for (const { axis, start, end, step } of slicesOf(context)) {
    const size = shapeOfView(view)[axis] ?? 1;
    const { first, count } = sliceRange(size, start, end, step);
    if (first === 0 && count === size && step === 1) continue;
    if (count === 0) throw new Refusal('Nothing would be left of it.');
    if (step !== 1 && count > 1) throw new Refusal(`It takes every ${String(step)}th element.`);
    view = sliced(context, view, axis, first, count);
  }
  context.give(tensor(view));
}

function split(context: NodeContext): void {
  const view = context.view(0);
  const axis = normalAxis(context.integer('axis', 0), view.axes.length);
  let start = 0;
  for (const [output, length] of splitSizes(context, shapeOfView(view)[axis] ?? 1).entries()) {
    if (context.used(output)) {
      if (length === 0) throw new Refusal('One of its parts is empty.');
      context.give(tensor(sliced(context, view, axis, start, length, `${context.hint}_${String(output)}`)), output);
    }
    start += length;
  }
}

function concat(context: NodeContext): void {
  const values = context.node.inputs.map((_, input) => context.value(input));
  const axisOf = (rank: number): number => normalAxis(context.integer('axis', 0), rank);
  if (values.some(({ kind }) => kind === 'heads')) {
    const heads = values.map((value) => {
      if (value.kind !== 'heads' || axisOf(value.query.axes.length) !== value.query.axes.length - 1)
        throw new Refusal('It puts heads of an attention together with something else, or along another axis.');
      return value;
    });
    context.give(joinedHeads(context, heads));
    return;
  }
  const views = context.node.inputs.map((_, input) => context.view(input));
  const [first] = views;
  if (first === undefined) throw new Refusal('It has no input.');
  const axis = normalAxis(context.integer('axis', 0), first.axes.length);
  const sample = sampleAxisOf(first, axis);
  const batchAt = (view: View): string => view.axes.map((atoms) => atoms.some(({ batch }) => batch)).join();
  if (sample === null || views.some((view) => batchAt(view) !== batchAt(first))) throw new Refusal('It would put batches together.');
  if (views.length === 1) {
    context.give(tensor(first));
    return;
  }
  const { builder } = context;
  const own = inOwnOrder(builder, first, (node, placeOf) => {
    const order = sampleAxes(first).map((_, index) => placeOf(index));
    const nodes = views.map((view, index) => {
      if (index === 0) return node;
      const groups = sampleAxes(view);
      return builder.laidOut(
        view,
        order.map((_, place) => groups[order.indexOf(place)] ?? []),
      );
    });
    return builder.add('concat', context.hint, { axis: placeOf(sample) }, nodes);
  });
  context.give(tensor(own));
}

function embedding(context: NodeContext): void {
  const table = context.constant(0);
  const tokens = context.view(1);
  const known = context.state.tokens.get(tokens.node);
  if (known === undefined) throw new Refusal('It looks up computed numbers rather than the tokens of the input.');
  const [vocabulary = 1, features = 1] = table.shape;
  if (table.shape.length !== 2 || normalAxis(context.integer('axis', 0), 2) !== 0)
    throw new Refusal('Its table does not have a row for each token.');
  const { builder } = context;
  known.vocabulary = Math.min(known.vocabulary ?? vocabulary, vocabulary);
  builder.amend(tokens.node, { content: 'tokens', vocabulary: known.vocabulary }, {});
  const node = builder.add('embedding', context.hint, { vocabulary, features }, [builder.laidOut(tokens, [sampleAxes(tokens).flat()])], {
    weight: weightNumbers(table),
  });
  const leading = viewAs(
    tokens,
    node,
    sampleAxes(tokens).map((atoms) => sizeOf(atoms.map(({ size }) => size))),
  );
  const last: Atom = { size: features, batch: false };
  context.give(tensor({ node, base: [...leading.base, last], axes: [...leading.axes, features === 1 ? [] : [last]] }));
}

function gather(context: NodeContext): void {
  if (context.isConstant(0)) {
    embedding(context);
    return;
  }
  const view = context.view(0);
  const indices = context.constant(1);
  const axis = normalAxis(context.integer('axis', 0), view.axes.length);
  const size = shapeOfView(view)[axis] ?? 1;
  const places = listOf(indices).map((index) => (index < 0 ? index + size : index));
  const [start = 0] = places;
  if (places.some((place, index) => place !== start + index || place >= size))
    throw new Refusal('It takes elements that do not follow each other.');
  const piece = start === 0 && places.length === size ? view : sliced(context, view, axis, start, places.length);
  if (indices.shape.length === 0) context.give(tensor(squeezeView(piece, new Set([axis]))));
  else if (indices.shape.length === 1) context.give(tensor(piece));
  else throw new Refusal('It looks up by a table of several axes.');
}

function padding(context: NodeContext): void {
  const view = context.view(0);
  const rank = view.axes.length;
  const mode = context.text('mode', 'constant');
  const given = context.has(1) ? listOf(context.constant(1)) : (context.integers('pads') ?? context.integers('paddings') ?? []);
  const value = context.has(2) ? (scalarOf(context.constant(2)) ?? 0) : context.float('value', 0);
  const axes = context.has(3)
    ? listOf(context.constant(3)).map((axis) => normalAxis(axis, rank))
    : Array.from({ length: rank }, (_, axis) => axis);
  const before = new Map(axes.map((axis, index) => [axis, given[index] ?? 0]));
  const after = new Map(axes.map((axis, index) => [axis, given[index + axes.length] ?? 0]));
  let cut = view;
  for (const axis of axes) {
    const size = shapeOfView(cut)[axis] ?? 1;
    const start = Math.max(0, -(before.get(axis) ?? 0));
    const length = size - start - Math.max(0, -(after.get(axis) ?? 0));
    if (length < 1) throw new Refusal('Nothing would be left of it.');
    if (length !== size) cut = sliced(context, cut, axis, start, length);
  }
  const grown = axes.filter((axis) => (before.get(axis) ?? 0) > 0 || (after.get(axis) ?? 0) > 0);
  if (grown.length === 0) {
    context.give(tensor(cut));
    return;
  }
  if (mode !== 'constant' || value !== 0)
    throw new Refusal(`It pads with ${mode === 'constant' ? String(value) : mode}; zeros have a layer.`);
  if (grown.length > 2 || grown.some((axis) => sampleAxisOf(cut, axis) === null))
    throw new Refusal('It pads more than two axes, or that of the batch.');
  const sides = (axis: number | undefined): readonly [number, number] =>
    axis === undefined ? [0, 0] : [Math.max(0, before.get(axis) ?? 0), Math.max(0, after.get(axis) ?? 0)];
  context.give(tensor(padded(context, cut, grown, [...sides(grown[0]), ...sides(grown[1])])));
}

/** Zeros along one axis or two: as height and width of an image, all other axes its channels. */
export function padded(context: NodeContext, view: View, grown: readonly number[], zeros: readonly number[]): View {
  const { builder } = context;
  const own = (axis: number): readonly Atom[] => (view.axes[axis] ?? []).filter(({ batch }) => !batch);
  const kept = view.axes.flatMap((_, axis) => (grown.includes(axis) ? [] : [axis]));
  const [height = 0, width] = grown;
  const node = builder.add('pad', context.hint, { padding: [...zeros] }, [
    builder.laidOut(view, [kept.flatMap(own), own(height), width === undefined ? [] : own(width)]),
  ]);
  const fresh = (atoms: readonly Atom[]): Atom[] => atoms.map((atom) => (atom.batch ? atom : { ...atom }));
  const [, rows = 1, columns = 1] = builder.shapeOf(node);
  const axes = view.axes.map((atoms, axis) => {
    const place = grown.indexOf(axis);
    return place === -1 ? fresh(atoms) : [{ size: place === 0 ? rows : columns, batch: false }];
  });
  const base = [...kept, ...grown].flatMap((axis) => (axes[axis] ?? []).filter(({ batch }) => !batch));
  return { node, base, axes: axes.map((atoms) => atoms.filter((one) => one.batch || one.size !== 1)) };
}

export const shapeOperators: OperatorTable = {
  Identity: identity,
  Dropout: operator('Dropout', 'Not in training mode, and without its mask.', (context) => {
    if (context.used(1)) throw new Refusal('Its mask is used.');
    if (context.opset < 7 && context.integer('is_test', 0) === 0) throw new Refusal('It drops at random in evaluation too.');
    if (context.has(2) && (scalarOf(context.constant(2)) ?? 1) !== 0) throw new Refusal('It drops at random in evaluation too.');
    const value = context.value(0);
    const probability = context.has(1) ? (scalarOf(context.constant(1)) ?? 0.5) : context.float('ratio', 0.5);
    if (value.kind !== 'tensor' && value.kind !== 'formula') context.give(value);
    else {
      const view = context.view(0);
      const node = context.builder.add('dropout', context.hint, { probability: Math.min(0.99, Math.max(0, probability)) }, [view.node]);
      context.give(tensor({ ...view, node }));
    }
  }),
  Reshape: operator('Reshape; Flatten', 'A shape that is a constant; samples are not mixed.', (context) => {
    const wanted = context.has(1) ? listOf(context.constant(1)) : (context.integers('shape') ?? []);
    const value = context.value(0);
    if (value.kind === 'scores') {
      context.give(reformedScores(value, reshapeSizes(wanted, shapeOfValue(value), context.integer('allowzero', 0) === 1)));
      return;
    }
    const view = context.view(0);
    context.give(tensor(reformed(context, view, reshapeSizes(wanted, shapeOfView(view), context.integer('allowzero', 0) === 1))));
  }),
  Flatten: operator('Flatten', 'Samples are not mixed.', (context) => {
    const view = context.view(0);
    const shape = shapeOfView(view);
    const axis = context.integer('axis', 1);
    const place = axis < 0 ? axis + shape.length : axis;
    context.give(tensor(reformed(context, view, [sizeOf(shape.slice(0, place)), sizeOf(shape.slice(place))])));
  }),
  Squeeze: operator('', '', (context) => {
    const view = context.view(0);
    const shape = shapeOfView(view);
    const axes =
      axesOf(context)?.map((axis) => normalAxis(axis, shape.length)) ?? shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
    if (axes.some((axis) => shape[axis] !== 1)) throw new Refusal('It leaves out an axis that is longer than 1.');
    context.give(tensor(squeezeView(view, new Set(axes))));
  }),
  Unsqueeze: operator('', '', (context) => {
    const view = context.view(0);
    const axes = axesOf(context) ?? [];
    context.give(tensor(unsqueezeView(view, new Set(axes.map((axis) => normalAxis(axis, view.axes.length + axes.length))))));
  }),
  Transpose: operator('Permute', 'Where the order of the numbers matters to a layer behind it.', (context) => {
    const value = context.value(0);
    const view = context.view(0);
    const order = context.integers('perm') ?? view.axes.map((_, axis, all) => all.length - 1 - axis);
    if (value.kind === 'constant' || order.length !== view.axes.length) throw new Refusal('Its order does not fit its input.');
    context.give(tensor(permuteView(view, order)));
  }),
  Slice: operator('Slice', 'With constant bounds and a step of 1.', slice),
  Split: operator('Slice', 'With constant lengths.', split),
  Concat: operator('Concat', 'Of computed values, not along the axis of the batch.', concat),
  Gather: operator('Embedding of tokens; Slice', 'Constant places that follow each other.', gather),
  Pad: operator('Pad; Slice', 'Zeros along one axis or two.', padding),
  Expand: operator('', 'To the shape that it has.', (context) => {
    const view = context.view(0);
    const sizes = listOf(context.constant(1));
    const shape = shapeOfView(view);
    const same = sizes.every((size, index) => size === 1 || size === shape[index + shape.length - sizes.length]);
    if (!same || sizes.length > shape.length) throw new Refusal('It repeats a computed value.');
    context.give(tensor(view));
  }),
};
