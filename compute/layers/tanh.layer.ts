/** Hyperbolic tangent, each element by itself. */
import { success } from '../graph/problem';
import { tanh } from '../ops/tanh.op';
import { inputOf } from './arguments';
import { kerasNamed } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'tanh',
  version: 1,
  label: 'Tanh',
  group: 'activation',
  help: 'Squeezes each value into −1 … 1, centred on zero. Far from zero it is flat, so that deep networks learn slowly with it.',
  formula: 'y = tanh x',
  parameters: {},
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []]) => success(input),
  weights: () => [],
  forward: (_context, inputs) => ({ output: tanh(inputOf(inputs)) }),
  onnx: ({ inputs, output }) => [{ operator: 'Tanh', inputs, outputs: [output], attributes: {} }],
  keras: kerasNamed('tanh'),
  pytorch: (_inputs) => ({ call: (_self, inputs) => `torch.tanh(${inputs.join(', ')})` }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: {} },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: {} },
  ],
});
