/** Normalising operators. */
import { sizeOf } from '../../../../../compute/graph/tensor';
import { Refusal } from '../../../models/imported-model';
import {
  arrange,
  freshView,
  sameLayout,
  sampleAxes,
  sampleAxisOf,
  shapeOfView,
  squeezeView,
  unsqueezeView,
  viewAs,
} from '../../../models/views';
import { expanded } from '../constants';
import { normalAxis, weightNumbers, type NodeContext } from '../node-context';
import { tensor } from '../values';
import { operator, type OperatorTable } from './operator';

const EPSILON = Math.fround(1e-5);

function batchNorm(context: NodeContext): void {
  if (context.integer('training_mode', 0) !== 0) throw new Refusal('It normalises by the batch at hand (training_mode).');
  if (context.opset < 7 && context.integer('is_test', 0) === 0) throw new Refusal('It normalises by the batch at hand (is_test = 0).');
  if (context.opset < 9 && context.integer('spatial', 1) !== 1) throw new Refusal('It has statistics for every place (spatial = 0).');
  if ([1, 2, 3, 4].some((output) => context.used(output))) throw new Refusal('Its statistics are used.');
  const given = context.view(0);
  const flat = given.axes.length === 3;
  const view = flat ? unsqueezeView(given, new Set([2])) : given;
  const { batch } = context.state;
  const [first] = view.axes;
  if (batch === null || first?.length !== 1 || first[0]?.batch !== true || (view.axes.length !== 2 && view.axes.length !== 4))
    throw new Refusal(`It normalises a value of ${String(given.axes.length)} axes.`);
  const [weight, bias, mean, variance] = [1, 2, 3, 4].map((input) => weightNumbers(context.constant(input)));
  if (weight === undefined || bias === undefined || mean === undefined || variance === undefined)
    throw new Refusal('Its statistics are missing.');
  const node = context.builder.add(
    'batch-norm',
    context.hint,
    // ONNX gives the weight of the old average.
    { epsilon: context.float('epsilon', EPSILON), momentum: Math.min(1, Math.max(0, 1 - context.float('momentum', Math.fround(0.9)))) },
    [context.builder.plain(view)],
    { weight, bias, running_mean: mean, running_var: variance },
  );
  const result = freshView(node, context.builder.shapeOf(node), { atom: batch, axis: 0 });
  context.give(tensor(flat ? squeezeView(result, new Set([2])) : result));
}

function layerNorm(context: NodeContext): void {
  if (context.used(1) || context.used(2)) throw new Refusal('Its statistics are used.');
  const view = context.view(0);
  const shape = shapeOfView(view);
  const axis = normalAxis(context.integer('axis', -1), shape.length);
  const first = sampleAxisOf(view, axis);
  if (first === null) throw new Refusal('It would mix the samples of a batch.');
  const { builder } = context;
  const normalized = shape.slice(axis);
  const numbers = (input: number, absent: number) =>
    context.has(input) ? weightNumbers(expanded(context.constant(input), normalized)) : new Float32Array(sizeOf(normalized)).fill(absent);
  const all = first === 0;
  // The axes that are left stand first, those that are normalised are one.
  const groups = sampleAxes(view);
  const source = all
    ? builder.plain(view)
    : builder.laidOut(view, axis === shape.length - 1 ? groups : [...groups.slice(0, first), groups.slice(first).flat()]);
  const node = builder.add(
    'layer-norm',
    context.hint,
    { over: all ? 'all' : 'last', epsilon: context.float('epsilon', EPSILON), affine: true },
    [source],
    {
      weight: numbers(1, 1),
      bias: numbers(2, 0),
    },
  );
  context.give(
    tensor(
      viewAs(
        view,
        node,
        groups.map((atoms) => sizeOf(atoms.map(({ size }) => size))),
      ),
    ),
  );
}

/** Each group of channels of each sample by itself; the channels of an instance norm may be groups of ours. */
function groupNorm(context: NodeContext, groups: number, perGroup: boolean): void {
  const view = context.view(0);
  const { builder } = context;
  const { batch } = context.state;
  const [first] = view.axes;
  if (batch === null || first?.length !== 1 || first[0]?.batch !== true)
    throw new Refusal('The first axis of its input is not that of the batch.');
  const actual = builder.shapeOf(view.node);
  const scale = weightNumbers(context.constant(1));
  const shift = weightNumbers(context.constant(2));
  const plain = scale.every((value) => value === 1) && shift.every((value) => value === 0);
  const { order } = arrange(view, actual, sampleAxes(view));
  const epsilon = context.float('epsilon', EPSILON);
  const channels = actual[0] ?? 1;
  if (plain && order === null && channels % groups === 0) {
    const node = builder.add('group-norm', context.hint, { groups, epsilon, affine: false }, [view.node]);
    context.give(tensor(sameLayout(view, node)));
    return;
  }
  const count = shapeOfView(view)[1] ?? 1;
  const repeat = (numbers: typeof scale) =>
    perGroup && numbers.length !== count
      ? Float32Array.from({ length: count }, (_, index) => numbers[Math.floor((index * groups) / count)] ?? 0)
      : numbers;
  const node = builder.add('group-norm', context.hint, { groups, epsilon, affine: true }, [builder.plain(view)], {
    weight: repeat(scale),
    bias: repeat(shift),
  });
  context.give(tensor(viewAs(view, node, builder.shapeOf(node))));
}

export const normalizationOperators: OperatorTable = {
  BatchNormalization: operator('Batch norm', 'Of features or images, not in training mode.', batchNorm),
  LayerNormalization: operator('Layer norm', '', layerNorm),
  InstanceNormalization: operator('Group norm', '', (context) => {
    groupNorm(context, context.shape(0)[1] ?? 1, false);
  }),
  GroupNormalization: operator('Group norm', '', (context) => {
    groupNorm(context, context.integer('num_groups', 1), true);
  }),
};
