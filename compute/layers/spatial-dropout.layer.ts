/** Zeroes whole channels at random while training and scales the rest by 1 / (1 − p) (Tompson et al., 2015), as PyTorch's Dropout2d. */
import { failure, success } from '../graph/problem';
import { formatShape } from '../graph/tensor';
import { broadcastTo } from '../ops/elementwise';
import { constant } from '../ops/constant.op';
import { greater } from '../ops/greater.op';
import { multiply } from '../ops/multiply.op';
import { select } from '../ops/select.op';
import { inputOf } from './arguments';
import { oneInput } from './elementwise-layer';
import { defineLayer } from './layer';

const label = 'Spatial dropout';

export const layer = defineLayer({
  kind: 'spatial-dropout',
  version: 1,
  label,
  group: 'regularization',
  help: 'While training, sets whole channels to zero at random: neighbouring pixels are alike, so that dropping single ones hides little. Does nothing in evaluation.',
  formula: 'y[c, …] = x[c, …] · m[c] / (1 − p) in training, with m[c] = 0 with probability p and else 1; y = x in evaluation',
  parameters: {
    probability: {
      type: 'number',
      label: 'Probability',
      help: 'Which share of the channels is set to zero.',
      default: 0.2,
      minimum: 0,
      maximum: 0.99,
    },
  },
  inputs: oneInput,
  shape: ([input = []]) =>
    input.length === 3 ? success(input) : failure('network.image-expected', { layer: label, actual: formatShape(input) }),
  weights: () => [],
  forward: ({ mode, random }, inputs, { probability }) => {
    const input = inputOf(inputs);
    if (mode === 'evaluate' || probability === 0) return { output: input };
    const [batch = 1, channels = 1] = input.shape;
    // A uniform number below p drops the channel: greater(p, u) is 1 with probability p.
    const dropped = broadcastTo(greater(probability, random([batch, channels, 1, 1])), input.shape);
    return { output: select(dropped, constant(0, input.shape), multiply(input, 1 / (1 - probability))) };
  },
  onnx: ({ inputs, output }) => [{ operator: 'Identity', inputs, outputs: [output], attributes: {} }],
  keras: ({ add, inputs }, { probability }) => {
    const input = inputOf(inputs);
    return add('Dropout', input, input.shape, { rate: probability, noise_shape: [null, 1, 1, input.shape.at(-1) ?? 1] });
  },
  pytorch: (_inputs, { probability }) => ({
    module: `nn.Dropout2d(${String(probability)})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'half', inputShapes: [[4, 2, 3]], parameters: { probability: 0.5 } },
    { name: 'nothing', inputShapes: [[2, 2, 2]], parameters: { probability: 0 } },
  ],
});
