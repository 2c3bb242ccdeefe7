/** Zeroes elements at random while training and scales the rest by 1 / (1 − p), so that nothing changes in evaluation (Srivastava et al., 2014). */
import { success } from '../graph/problem';
import { constant } from '../ops/constant.op';
import { greater } from '../ops/greater.op';
import { multiply } from '../ops/multiply.op';
import { select } from '../ops/select.op';
import { inputOf } from './arguments';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'dropout',
  version: 1,
  label: 'Dropout',
  group: 'regularization',
  help: 'While training, sets values to zero at random, so that the network does not rely on single units. Does nothing in evaluation.',
  formula: 'y = x · m / (1 − p) in training, with m = 0 with probability p and else 1; y = x in evaluation',
  parameters: {
    probability: {
      type: 'number',
      label: 'Probability',
      help: 'Which share of the values is set to zero.',
      default: 0.5,
      minimum: 0,
      maximum: 0.99,
    },
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []]) => success(input),
  weights: () => [],
  forward: ({ mode, random }, inputs, { probability }) => {
    const input = inputOf(inputs);
    if (mode === 'evaluate' || probability === 0) return { output: input };
    // A uniform number below p drops the element: greater(p, u) is 1 with probability p.
    const dropped = greater(probability, random(input.shape));
    return { output: select(dropped, constant(0, input.shape), multiply(input, 1 / (1 - probability))) };
  },
  onnx: ({ inputs, output }) => [{ operator: 'Identity', inputs, outputs: [output], attributes: {} }],
  keras: ({ add, inputs }, { probability }) => add('Dropout', inputOf(inputs), inputOf(inputs).shape, { rate: probability }),
  pytorch: (_inputs, { probability }) => ({
    module: `nn.Dropout(${String(probability)})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'half', inputShapes: [[6]], parameters: { probability: 0.5 } },
    { name: 'a fifth of an image', inputShapes: [[2, 3, 3]], parameters: { probability: 0.2 } },
    { name: 'nothing', inputShapes: [[4]], parameters: { probability: 0 } },
  ],
});
