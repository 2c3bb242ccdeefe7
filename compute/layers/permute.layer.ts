/** The axes of a sample in another order. */
import { failure, success } from '../graph/problem';
import { formatShape } from '../graph/tensor';
import { permute } from '../ops/permute.op';
import { inputOf } from './arguments';
import { oneInput } from './elementwise-layer';
import { kerasAxis, kerasOrder } from './keras';
import { kerasOutput } from './keras-parts';
import { defineLayer } from './layer';

const label = 'Permute';

const batched = (order: readonly number[]): number[] => [0, ...order.map((axis) => axis + 1)];

export const layer = defineLayer({
  kind: 'permute',
  version: 1,
  label,
  group: 'shape',
  help: 'Puts the axes of a sample in another order, for instance features × time as time × features.',
  formula: 'y[i, j, …] = x with its axes in the new order',
  parameters: {
    order: {
      type: 'shape',
      label: 'Order',
      help: 'Which axis of the input comes first, second and so on, counted from 0: 1 × 0 exchanges two axes.',
      default: [1, 0],
      minimumRank: 1,
      maximumRank: 6,
      minimum: 0,
      maximum: 5,
    },
  },
  inputs: oneInput,
  shape: ([input = []], { order }) =>
    order.length === input.length && input.every((_, axis) => order.includes(axis))
      ? success(order.map((axis) => input[axis] ?? 1))
      : failure(
          'network.permute-order',
          { layer: label, actual: formatShape(input), last: input.length - 1, order: formatShape(order) },
          { parameter: 'order' },
        ),
  weights: () => [],
  forward: (_context, inputs, { order }) => ({ output: permute(inputOf(inputs), batched(order)) }),
  onnx: ({ inputs, output }, { order }) => [{ operator: 'Transpose', inputs, outputs: [output], attributes: { perm: batched(order) } }],
  keras: (context, { order }) => {
    const rank = order.length;
    // The axis of Hebb at each place of Keras, and where Keras holds the one that comes there.
    const dims = kerasOrder(rank).map((axis) => kerasAxis(rank, order[axis] ?? 0));
    return context.add('Permute', inputOf(context.inputs), kerasOutput(context), { dims });
  },
  pytorch: (_inputs, { order }) => ({ call: (_self, [input = '']) => `${input}.permute(${batched(order).join(', ')})` }),
  samples: [
    { name: 'two axes', inputShapes: [[3, 4]], parameters: { order: [1, 0] } },
    { name: 'channels last', inputShapes: [[2, 3, 4]], parameters: { order: [1, 2, 0] } },
  ],
});
