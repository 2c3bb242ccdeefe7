/** x where positive, slope · x elsewhere; the gradient at 0 is the slope, as in PyTorch. */
import { success } from '../graph/problem';
import { greater } from '../ops/greater.op';
import { multiply } from '../ops/multiply.op';
import { select } from '../ops/select.op';
import { inputOf } from './arguments';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'leaky-relu',
  version: 1,
  label: 'Leaky ReLU',
  group: 'activation',
  help: 'Like ReLU, but negative values keep a small slope, so that no unit stops learning.',
  formula: 'y = x where x > 0, else slope · x',
  parameters: {
    slope: {
      type: 'number',
      label: 'Negative slope',
      help: 'What negative values are multiplied by.',
      default: 0.01,
      minimum: 0,
      maximum: 1,
    },
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []]) => success(input),
  weights: () => [],
  forward: (_context, inputs, { slope }) => {
    const input = inputOf(inputs);
    return { output: select(greater(input, 0), input, multiply(input, slope)) };
  },
  onnx: ({ inputs, output }, { slope }) => [{ operator: 'LeakyRelu', inputs, outputs: [output], attributes: { alpha: { float: slope } } }],
  keras: ({ add, inputs }, { slope }) => add('LeakyReLU', inputOf(inputs), inputOf(inputs).shape, { negative_slope: slope }),
  pytorch: (_inputs, { slope }) => ({ call: (_self, inputs) => `F.leaky_relu(${inputs.join(', ')}, negative_slope=${String(slope)})` }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: { slope: 0.01 } },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: { slope: 0.3 } },
  ],
});
