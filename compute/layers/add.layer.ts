/** The sum of its inputs, element by element. */
import { failure, success } from '../graph/problem';
import { formatShape, sameShape } from '../graph/tensor';
import { add } from '../ops/add.op';
import { kerasSum } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'add',
  version: 1,
  label: 'Add',
  group: 'merge',
  help: 'Adds its inputs element by element. With the output of an earlier layer it makes a residual connection.',
  formula: 'y = x₁ + x₂ + …',
  parameters: {},
  inputs: { minimum: 2, maximum: Infinity },
  shape: (inputs) => {
    const [first = []] = inputs;
    const other = inputs.findIndex((shape) => !sameShape(shape, first));
    return other < 0
      ? success(first)
      : failure('network.add-shapes', {
          layer: 'Add',
          first: formatShape(first),
          actual: formatShape(inputs[other] ?? []),
          position: other + 1,
        });
  },
  weights: () => [],
  forward: (_context, inputs) => ({ output: inputs.reduce((sum, input) => add(sum, input)) }),
  onnx: ({ inputs, output }) => [{ operator: 'Sum', inputs, outputs: [output], attributes: {} }],
  keras: (context) => kerasSum(context, context.inputs),
  pytorch: () => ({ call: (_self, inputs) => inputs.join(' + ') }),
  samples: [
    {
      name: 'two images',
      inputShapes: [
        [2, 3, 2],
        [2, 3, 2],
      ],
      parameters: {},
    },
    { name: 'three rows', inputShapes: [[4], [4], [4]], parameters: {} },
  ],
});
