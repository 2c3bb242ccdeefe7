/** max(x, 0), each element by itself; the gradient at 0 is 0. */
import { success } from '../graph/problem';
import { relu } from '../ops/relu.op';
import { inputOf } from './arguments';
import { kerasNamed } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'relu',
  version: 1,
  label: 'ReLU',
  group: 'activation',
  help: 'Keeps positive values and sets negative ones to zero. The usual choice between layers.',
  formula: 'y = max(0, x)',
  parameters: {},
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []]) => success(input),
  weights: () => [],
  forward: (_context, inputs) => ({ output: relu(inputOf(inputs)) }),
  onnx: ({ inputs, output }) => [{ operator: 'Relu', inputs, outputs: [output], attributes: {} }],
  keras: kerasNamed('relu'),
  pytorch: (_inputs) => ({ call: (_self, inputs) => `torch.relu(${inputs.join(', ')})` }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: {} },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: {} },
  ],
});
