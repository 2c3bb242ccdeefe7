/** Matrix products: with constants they are dense layers, of two computed values a part of attention. */
import { sizeOf } from '../../../../../compute/graph/tensor';
import { Refusal } from '../../../models/imported-model';
import type { WeightData } from '../../../models/network-builder';
import { sampleAxes, sampleAxisOf, shapeOfView, type Atom, type View } from '../../../models/views';
import { constantOf, expanded, gathered, stridesOf, transposed, type Constant } from '../constants';
import { normalAxis, only, weightNumbers, type NodeContext } from '../node-context';
import { tensor, type Value } from '../values';
import { inOwnOrder } from './along-axis';
import { attend, closeAttention, NO_ATTENTION, scoresOf } from './attention';
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
  context.give(a.kind === 'scores' ? attend(context, a, context.view(1)) : scoresOf(context));
}

function softmaxOf(context: NodeContext, value: Value): Value {
  const shape = value.kind === 'scores' ? [] : shapeOfView(context.view(0));
  if (value.kind === 'scores') {
    const axis = context.integer('axis', context.opset < 13 ? 1 : -1);
    if (value.shares || value.form !== null || (axis !== -1 && axis !== value.query.axes.length - 1)) throw new Refusal(`${NO_ATTENTION}.`);
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
