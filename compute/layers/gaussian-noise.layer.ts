/** Adds normal noise while training, nothing in evaluation: the corruption of a denoising auto-encoder. */
import { add } from '../ops/add.op';
import { multiply } from '../ops/multiply.op';
import { normalOf } from '../ops/random-normal';
import { inputOf } from './arguments';
import { elementwiseSamples, oneInput, sameAsInput } from './elementwise-layer';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'gaussian-noise',
  version: 1,
  label: 'Gaussian noise',
  group: 'regularization',
  help: 'While training, adds normal noise to every value, so that the network does not rely on details. Does nothing in evaluation.',
  formula: 'y = x + σ · n with n standard normal in training; y = x in evaluation',
  parameters: {
    deviation: {
      type: 'number',
      label: 'Standard deviation',
      help: 'How strong the noise is, in the units of its input.',
      default: 0.1,
      minimum: 0,
      maximum: 1000,
    },
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: ({ mode, random }, inputs, { deviation }) => {
    const input = inputOf(inputs);
    if (mode === 'evaluate' || deviation === 0) return { output: input };
    return { output: add(input, multiply(normalOf(random(input.shape), random(input.shape)), deviation)) };
  },
  onnx: ({ inputs, output }) => [{ operator: 'Identity', inputs, outputs: [output], attributes: {} }],
  keras: ({ add, inputs }, { deviation }) => add('GaussianNoise', inputOf(inputs), inputOf(inputs).shape, { stddev: deviation }),
  pytorch: (_inputs, { deviation }) => ({
    // Without weights, but told by its parent whether it trains.
    module: 'nn.Identity()',
    call: (self, [input = '']) => `(${input} + ${String(deviation)} * torch.randn_like(${input}) if ${self}.training else ${input})`,
  }),
  samples: elementwiseSamples({ deviation: 0.1 }, { deviation: 0 }),
});
