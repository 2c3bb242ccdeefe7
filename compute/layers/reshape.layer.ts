/** The same numbers, in row-major order, under another shape. */
import { failure, success } from '../graph/problem';
import { formatShape, sizeOf } from '../graph/tensor';
import { reshape } from '../ops/reshape.op';
import { inputOf } from './arguments';
import { oneInput, onnxIntegers } from './elementwise-layer';
import { asHebbHolds, asKerasHolds } from './keras-parts';
import { defineLayer } from './layer';

const label = 'Reshape';

export const layer = defineLayer({
  kind: 'reshape',
  version: 1,
  label,
  group: 'shape',
  help: 'Lays out the same numbers in another shape, for instance a row of features as an image.',
  formula: 'y = x in row-major order, in the new shape',
  parameters: {
    shape: {
      type: 'shape',
      label: 'Shape',
      help: 'Sizes of the axes of one sample; together they hold as many numbers as come in.',
      default: [1, 28, 28],
      minimumRank: 1,
      maximumRank: 6,
    },
  },
  inputs: oneInput,
  shape: ([input = []], { shape }) =>
    sizeOf(shape) === sizeOf(input)
      ? success(shape)
      : failure(
          'network.reshape-size',
          { layer: label, actual: formatShape(input), count: sizeOf(input), shape: formatShape(shape), size: sizeOf(shape) },
          { parameter: 'shape' },
        ),
  weights: () => [],
  forward: (_context, inputs, { shape }) => {
    const input = inputOf(inputs);
    return { output: reshape(input, [input.shape[0] ?? 1, ...shape]) };
  },
  onnx: ({ inputs, output }, { shape }) => [
    onnxIntegers(`${output}/shape`, [-1, ...shape]),
    { operator: 'Reshape', inputs: [...inputs, `${output}/shape`], outputs: [output], attributes: {} },
  ],
  keras: (context, { shape }) => {
    const input = asHebbHolds(context, inputOf(context.inputs));
    return asKerasHolds(context, context.add('Reshape', input, shape, { target_shape: shape }));
  },
  pytorch: (_inputs, { shape }) => ({
    call: (_self, [input = '']) => `${input}.reshape(${input}.shape[0], ${shape.join(', ')})`,
  }),
  samples: [
    { name: 'a row to an image', inputShapes: [[12]], parameters: { shape: [2, 3, 2] } },
    { name: 'an image to a matrix', inputShapes: [[2, 3, 4]], parameters: { shape: [6, 4] } },
  ],
});
