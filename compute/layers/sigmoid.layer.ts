/** 1 / (1 + e⁻ˣ), each element by itself. */
import { success } from '../graph/problem';
import { sigmoid } from '../ops/sigmoid.op';
import { inputOf } from './arguments';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'sigmoid',
  version: 1,
  label: 'Sigmoid',
  group: 'activation',
  help: 'Squeezes each value into 0 … 1. Far from zero it is flat, so that deep networks learn slowly with it.',
  formula: 'y = 1 / (1 + e⁻ˣ)',
  parameters: {},
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []]) => success(input),
  weights: () => [],
  forward: (_context, inputs) => ({ output: sigmoid(inputOf(inputs)) }),
  onnx: ({ inputs, output }) => [{ operator: 'Sigmoid', inputs, outputs: [output], attributes: {} }],
  pytorch: (_inputs) => ({ call: (_self, inputs) => `torch.sigmoid(${inputs.join(', ')})` }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: {} },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: {} },
  ],
});
