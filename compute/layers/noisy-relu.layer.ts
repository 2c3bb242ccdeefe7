/** max(0, x + noise) in training, the noise normal with variance 1 / (1 + e⁻ˣ) (Nair, Hinton, 2010); ReLU in evaluation. */
import { add } from '../ops/add.op';
import { exp } from '../ops/exp.op';
import { multiply } from '../ops/multiply.op';
import { negate } from '../ops/negate.op';
import { normalOf } from '../ops/random-normal';
import { relu } from '../ops/relu.op';
import { softplus } from '../ops/softplus.op';
import { inputOf } from './arguments';
import { elementwiseSamples, oneInput, sameAsInput } from './elementwise-layer';
import { kerasNamed } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'noisy-relu',
  version: 1,
  label: 'Noisy ReLU',
  group: 'activation',
  help: 'While training, adds normal noise to each value before ReLU: the more, the greater the value. In evaluation it is ReLU.',
  formula: 'y = max(0, x + n · √(1 / (1 + e⁻ˣ))) with n standard normal in training; y = max(0, x) in evaluation',
  parameters: {},
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: ({ mode, random }, inputs) => {
    const input = inputOf(inputs);
    if (mode === 'evaluate') return { output: relu(input) };
    const noise = normalOf(random(input.shape), random(input.shape));
    // √(1 / (1 + e⁻ˣ)) without a root, whose gradient is infinite where the sigmoid is 0.
    const deviation = exp(multiply(softplus(negate(input)), -0.5));
    return { output: relu(add(input, multiply(noise, deviation))) };
  },
  onnx: ({ inputs, output }) => [{ operator: 'Relu', inputs, outputs: [output], attributes: {} }],
  // Without its noise, which Keras has no layer for: it is there in training alone.
  keras: kerasNamed('relu'),
  pytorch: (_inputs) => ({
    // Without weights, but told by its parent whether it trains.
    module: 'nn.Identity()',
    call: (self, [input = '']) =>
      `torch.relu(${input} + torch.randn_like(${input}) * torch.sigmoid(${input}).sqrt() if ${self}.training else ${input})`,
  }),
  samples: elementwiseSamples({}, {}),
});
