/** Matrix products: with constants they are dense layers, of two computed values a part of attention. */
import { sizeOf } from '../../../../../compute/graph/tensor';
import { Refusal } from '../../../models/imported-model';
import type { NetworkBuilder, WeightData } from '../../../models/network-builder';
import { sampleAxes, sampleAxisOf, shapeOfView, type Atom, type View } from '../../../models/views';
import type { Tree } from '../../../models/elementwise';
import { constantOf, expanded, gathered, stridesOf, transposed, type Constant } from '../constants';
import { normalAxis, only, weightNumbers, type NodeContext } from '../node-context';
import { tensor, type ScoresValue, type Value } from '../values';
import { axisOfAtom, inOwnOrder } from './along-axis';
import { operator, type OperatorTable } from './operator';

/** A dense layer over the last axis; weight is [units, inputs] row by row. */
export function dense(context: NodeContext, view: View, weight: WeightData, units: number, bias: WeightData | null): View {
  const { builder } = context;
  const features = view.axes.at(-1) ?? [];
  const inputs = sizeOf(features.map(({ size }) => size));
  if (features.some(({ batch }) => batch)) throw new Refusal('It would mix the samples of a batch.');
  if (weight.length !== units * inputs) throw new Refusal(`It multiplies ${String(inputs)} numbers by a table of another height.`);
  const closed = closeAttention(context, view, weight, units, bias);
  if (closed !== null) return closed;
  const rest = view.axes
    .slice(0, -1)
    .flat()
    .filter(({ batch }) => !batch);
  if (rest.length === 0 && features.length > 1) {
    const straight = inOrderOfNode(view, features, weight, units);
    if (straight !== null) return dense(context, straight.view, straight.weight, units, bias);
  }
  const groups = rest.length > 0 ? [rest, features] : [features];
  const last: Atom = { size: units, batch: false };
  const own = sampleAxes(view).length === 2 ? sampleAxes(view) : groups;
  const node = builder.add('dense', context.hint, { units, bias: bias !== null }, [builder.laidOut(view, own)], {
    weight,
    ...(bias === null ? {} : { bias }),
  });
  return { node, base: [...rest, last], axes: [...view.axes.slice(0, -1), units === 1 ? [] : [last]] };
}

/**
 * All numbers of a sample in another order than the node has them: the columns of the weight are exchanged rather than the
 * numbers. Null where they are in order.
 */
function inOrderOfNode(
  view: View,
  features: readonly Atom[],
  weight: WeightData,
  units: number,
): { readonly view: View; readonly weight: WeightData } | null {
  const own = view.base.filter(({ size }) => size !== 1);
  if (own.length !== features.length || own.every((atom, index) => atom === features[index])) return null;
  const strides = stridesOf(features.map(({ size }) => size));
  const columns = gathered(
    constantOf(
      'float',
      [features.reduce((product, { size }) => product * size, 1)],
      Float32Array.from({ length: weight.length / units }, (_, index) => index),
    ),
    own.map(({ size }) => size),
    (indices) => own.reduce((place, atom, index) => place + (indices[index] ?? 0) * (strides[features.indexOf(atom)] ?? 0), 0),
  ).data;
  const inputs = columns.length;
  const turned = Float32Array.from(
    { length: weight.length },
    (_, place) => weight[Math.floor(place / inputs) * inputs + (columns[place % inputs] ?? 0)] ?? 0,
  );
  return { view: { ...view, axes: [...view.axes.slice(0, -1), own] }, weight: turned };
}

/** The product behind an attention, which belongs to the layer. */
function closeAttention(context: NodeContext, view: View, weight: WeightData, units: number, bias: WeightData | null): View | null {
  const { builder, state } = context;
  const { node } = view;
  const [steps = 1, features = 1] = builder.shapeOf(node);
  if (!state.openAttentions.has(node) || builder.usesOf(node) > 0 || units !== features) return null;
  const inner = view.base.filter(({ size }) => size !== 1);
  const last = (view.axes.at(-1) ?? []).filter(({ size }) => size !== 1);
  const rows = sizeOf(inner.slice(0, inner.length - last.length).map(({ size }) => size));
  if (rows !== steps || !last.every((atom, index) => atom === inner[inner.length - last.length + index])) return null;
  state.openAttentions.delete(node);
  builder.amend(node, {}, { 'out_proj.weight': weight, 'out_proj.bias': bias ?? new Float32Array(units) });
  const whole: Atom = { size: units, batch: false };
  return {
    node,
    base: [...inner.slice(0, inner.length - last.length), whole],
    axes: [...view.axes.slice(0, -1), units === 1 ? [] : [whole]],
  };
}

/** A constant [inputs, units] as rows of units, times a factor. */
function rowsOf(constant: Constant, turned: boolean, factor = 1): WeightData {
  const rows = weightNumbers(turned ? transposed(constant, [1, 0]) : constant);
  return factor === 1 ? rows : rows.map((value) => value * factor);
}

function gemm(context: NodeContext): void {
  only(context, 'transA', 0);
  const weight = context.constant(1);
  if (weight.shape.length !== 2) throw new Refusal('Its weight is not a table.');
  const turned = context.integer('transB', 0) === 0;
  const units = weight.shape[turned ? 1 : 0] ?? 1;
  const beta = context.float('beta', 1);
  let bias: WeightData | null = null;
  if (context.has(2) && beta !== 0) {
    const given = context.constant(2);
    const shape = given.shape.length === 2 ? given.shape.slice(1) : given.shape;
    if (given.shape.length === 2 && given.shape[0] !== 1) throw new Refusal('Its shift differs between samples.');
    bias = weightNumbers(expanded({ ...given, shape }, [units])).map((value) => value * beta);
  }
  const view = context.view(0);
  context.give(tensor(dense(context, view, rowsOf(weight, turned, context.float('alpha', 1)), units, bias)));
}

/** Row-major weights of the averages of an adaptive pool from `length` to `size`. */
function isAdaptive(matrix: Constant, size: number, length: number): boolean {
  return (
    matrix.data.length === size * length &&
    matrix.data.every((value, place) => {
      const row = Math.floor(place / length);
      const first = Math.floor((row * length) / size);
      const end = Math.ceil(((row + 1) * length) / size);
      const column = place % length;
      const expected = column >= first && column < end ? 1 / (end - first) : 0;
      return Math.abs(value - expected) < 1e-6;
    })
  );
}

function matrixProduct(context: NodeContext): void {
  const [a, b] = [context.value(0), context.value(1)];
  const { builder } = context;
  if (b.kind === 'constant' && a.kind === 'rows') {
    const [, , height = 1, width = 1] = shapeOfView(a.view);
    const [rows = 1] = a.matrix.shape;
    const columns = b.shape[1] ?? 1;
    if (b.shape.length !== 2 || !isAdaptive(a.matrix, rows, height) || !isAdaptive(transposed(b, [1, 0]), columns, width))
      throw new Refusal('A product with constants on both sides that is no adaptive pool.');
    const node = builder.add('adaptive-average-pool', context.hint, { outputSize: [rows, columns] }, [builder.plain(a.view)]);
    const [first = [], channels = []] = a.view.axes;
    const pixels = [rows, columns].map((size) => ({ size, batch: false }));
    const kept = channels.map((atom) => ({ ...atom }));
    context.give(
      tensor({ node, base: [...kept, ...pixels], axes: [first, kept, ...pixels.map((atom) => (atom.size === 1 ? [] : [atom]))] }),
    );
    return;
  }
  if (b.kind === 'constant') {
    if (b.shape.length !== 2) throw new Refusal('It multiplies by a constant that is no table.');
    context.give(tensor(dense(context, context.view(0), rowsOf(b, true), b.shape[1] ?? 1, null)));
    return;
  }
  if (a.kind === 'constant') {
    const view = context.view(1);
    if (a.shape.length !== 2 || view.axes.length !== 4)
      throw new Refusal('It multiplies a constant by a computed value, and not the other way round.');
    context.give({ kind: 'rows', matrix: a, view });
    return;
  }
  if (a.kind === 'scores') {
    context.give(tensor(attend(context, a, context.view(1))));
    return;
  }
  const query = unscaled(context, 0);
  const key = unscaled(context, 1);
  context.give({ kind: 'scores', query: query.view, key: key.view, scale: query.scale * key.scale, causal: false, shares: false });
}

/** A value and the number that it was multiplied by. */
function unscaled(context: NodeContext, input: number): { readonly view: View; readonly scale: number } {
  const value: Value = context.value(input);
  if (value.kind === 'formula' && value.tree.kind === 'call') {
    const { name, operands } = value.tree;
    const [a, b] = operands as readonly [Tree?, Tree?];
    if ((name === 'multiply' || name === 'divide') && a?.kind === 'leaf' && b?.kind === 'number')
      return { view: a.view, scale: name === 'multiply' ? b.value : 1 / b.value };
    if (name === 'multiply' && a?.kind === 'number' && b?.kind === 'leaf') return { view: b.view, scale: a.value };
  }
  return { view: context.view(input), scale: 1 };
}

interface Projection {
  readonly source: string;
  readonly weight: WeightData;
  readonly bias: WeightData;
}

/** What a node computes as a dense layer of its source: it is one, or a slice of one's features. */
function projectionOf(builder: NetworkBuilder, node: string): Projection | null {
  const [input] = builder.inputsOf(node);
  if (input === undefined) return null;
  if (builder.kindOf(node) === 'slice') {
    const whole = projectionOf(builder, input);
    const shape = builder.shapeOf(input);
    const { axis, start, length } = builder.parametersOf(node);
    if (whole === null || axis !== shape.length - 1 || typeof start !== 'number' || typeof length !== 'number') return null;
    const width = whole.weight.length / (shape.at(-1) ?? 1);
    return {
      source: whole.source,
      weight: whole.weight.subarray(start * width, (start + length) * width),
      bias: whole.bias.subarray(start, start + length),
    };
  }
  const weight = builder.weightOf(node, 'weight');
  if (builder.kindOf(node) !== 'dense' || weight === undefined) return null;
  return { source: input, weight, bias: builder.weightOf(node, 'bias') ?? new Float32Array(builder.shapeOf(node).at(-1) ?? 1) };
}

const NO_ATTENTION = 'A product of two computed values is known as a part of attention alone';

/** Heads, steps and features of a head in a view [.., heads, .., steps, features] of [steps, heads · features]. */
function headsOf(
  builder: NetworkBuilder,
  view: View,
  steps: readonly Atom[],
  features: readonly Atom[],
  lead: readonly (readonly Atom[])[],
) {
  const shape = builder.shapeOf(view.node);
  const heads = lead.flat().filter(({ batch }) => !batch);
  const [head, more] = heads;
  const [feature, another] = features;
  if (shape.length !== 2 || more !== undefined || another !== undefined || steps.some(({ batch }) => batch)) return null;
  const count = head?.size ?? 1;
  const width = feature?.size ?? 1;
  /** Where an atom of that many neighbours must stand; axes of one have none. */
  const stands = (atom: Atom | undefined, inner: number): boolean => {
    const place = atom === undefined ? null : axisOfAtom(view, shape, atom);
    return atom === undefined || (place?.axis === 1 && place.inner === inner);
  };
  const rows = sizeOf(steps.map(({ size }) => size));
  const right = stands(feature, 1) && stands(head, width) && count * width === shape[1] && rows === shape[0];
  return right ? { count, features: width, rows } : null;
}

/** softmax(q·kᵀ/√d)·v of three projections, as one layer; the product behind it may follow. */
function attend(context: NodeContext, { query, key, scale, causal, shares }: ScoresValue, value: View): View {
  const { builder, state } = context;
  if (!shares) throw new Refusal(`${NO_ATTENTION}; there is no Softmax between these.`);
  const projections = [query, key, value].map((view) => projectionOf(builder, view.node));
  const [q, k, v] = projections;
  const heads = [
    headsOf(builder, query, query.axes.at(-2) ?? [], query.axes.at(-1) ?? [], query.axes.slice(0, -2)),
    headsOf(builder, key, key.axes.at(-1) ?? [], key.axes.at(-2) ?? [], key.axes.slice(0, -2)),
    headsOf(builder, value, value.axes.at(-2) ?? [], value.axes.at(-1) ?? [], value.axes.slice(0, -2)),
  ];
  const [first, second, third] = heads;
  if (q === undefined || q === null || k === undefined || k === null || v === undefined || v === null)
    throw new Refusal(`${NO_ATTENTION}, whose queries, keys and values come straight from dense layers.`);
  if (first === undefined || first === null || second === undefined || second === null || third === undefined || third === null)
    throw new Refusal(`${NO_ATTENTION}, whose heads lie side by side in the features.`);
  const same = [second, third].every((one) => one.count === first.count && one.features === first.features) && second.rows === third.rows;
  const total = first.count * first.features;
  const square = [q, k, v].every(({ weight }) => weight.length === total * total);
  if (!same || !square || k.source !== v.source) throw new Refusal(`${NO_ATTENTION}, whose parts have as many features as its input.`);
  // The layer divides by √d; another scale goes into the queries.
  const factor = scale * Math.sqrt(first.features);
  const scaled = (numbers: WeightData): WeightData => (Math.abs(factor - 1) < 1e-6 ? numbers : numbers.map((one) => one * factor));
  const joined = (parts: readonly WeightData[]): WeightData => {
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let place = 0;
    for (const part of parts) {
      all.set(part, place);
      place += part.length;
    }
    return all;
  };
  const unit = new Float32Array(total * total);
  for (let row = 0; row < total; row++) unit[row * (total + 1)] = 1;
  const node = builder.add(
    'multi-head-attention',
    context.hint,
    { heads: first.count, causal },
    q.source === k.source ? [q.source] : [q.source, k.source],
    {
      in_proj_weight: joined([scaled(q.weight), k.weight, v.weight]),
      in_proj_bias: joined([scaled(q.bias), k.bias, v.bias]),
      'out_proj.weight': unit,
      'out_proj.bias': new Float32Array(total),
    },
  );
  state.openAttentions.add(node);
  const steps: Atom = { size: first.rows, batch: false };
  const head: Atom = { size: first.count, batch: false };
  const feature: Atom = { size: first.features, batch: false };
  const lead = query.axes.slice(0, -2).map((atoms) => atoms.map((atom) => (atom.batch ? atom : head)));
  return { node, base: [steps, head, feature], axes: [...lead, steps.size === 1 ? [] : [steps], feature.size === 1 ? [] : [feature]] };
}

function softmaxOf(context: NodeContext, value: Value): Value {
  const shape = value.kind === 'scores' ? [] : shapeOfView(context.view(0));
  if (value.kind === 'scores') {
    const axis = context.integer('axis', context.opset < 13 ? 1 : -1);
    if (value.shares || (axis !== -1 && axis !== value.query.axes.length - 1)) throw new Refusal(`${NO_ATTENTION}.`);
    return { ...value, shares: true };
  }
  const rank = shape.length;
  const axis = normalAxis(context.integer('axis', context.opset < 13 ? 1 : -1), rank);
  // Before opset 13 all axes from that one on are taken as one.
  if (context.opset < 13 && axis !== rank - 1 && sizeOf(shape.slice(axis + 1)) !== 1)
    throw new Refusal('It takes several axes as one (opset below 13).');
  return tensor(alongAxis(context, context.view(0), axis));
}

function alongAxis(context: NodeContext, view: View, axis: number): View {
  const sample = sampleAxisOf(view, axis);
  if (sample === null) throw new Refusal('It goes along the axis of the batch.');
  return inOwnOrder(context.builder, view, (node, placeOf) =>
    context.builder.add('softmax', context.hint, { axis: placeOf(sample) }, [node]),
  );
}

export const productOperators: OperatorTable = {
  Gemm: operator('Dense', 'With constant weights.', gemm),
  MatMul: operator(
    'Dense; part of Multi-head attention and of Adaptive average pool',
    'With constant weights, or within attention.',
    matrixProduct,
  ),
  Softmax: operator('Softmax; part of Multi-head attention', 'Not along the axis of the batch.', (context) => {
    context.give(softmaxOf(context, context.value(0)));
  }),
  LogSoftmax: operator('Softmax with Expression', 'Where a score lies more than 87 below the greatest, the logarithm is −∞.', (context) => {
    const result = softmaxOf(context, context.value(0));
    if (result.kind !== 'tensor') throw new Refusal(`${NO_ATTENTION}.`);
    context.approximate('Softmax and its logarithm one after the other: −∞ where a score lies more than 87 below the greatest.');
    context.give({
      kind: 'formula',
      tree: { kind: 'call', name: 'log', operands: [{ kind: 'leaf', view: result.view }], hint: context.hint },
    });
  }),
};
