/** x where positive, α · (eˣ − 1) elsewhere (Clevert, Unterthiner, Hochreiter, 2016). */
import { constant } from '../ops/constant.op';
import { expm1 } from '../ops/expm1.op';
import { greater } from '../ops/greater.op';
import { multiply } from '../ops/multiply.op';
import { select } from '../ops/select.op';
import { inputOf } from './arguments';
import { elementwiseSamples, oneInput, sameAsInput } from './elementwise-layer';
import { kerasActivation, kerasRescaled, kerasSum } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'elu',
  version: 1,
  label: 'ELU',
  group: 'activation',
  help: 'Like ReLU, but negative values run smoothly towards −α, so that the mean of the activations stays near zero.',
  formula: 'y = x where x > 0, else α · (eˣ − 1)',
  parameters: {
    alpha: { type: 'number', label: 'Alpha', help: 'Far below zero the output is minus this.', default: 1, minimum: 0, maximum: 100 },
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: (_context, inputs, { alpha }) => {
    const input = inputOf(inputs);
    const positive = greater(input, 0);
    // The exponential is kept from growing where it is not used: infinity times zero would be no number.
    const negative = select(positive, constant(0, input.shape), input);
    return { output: select(positive, input, multiply(expm1(negative), alpha)) };
  },
  onnx: ({ inputs, output }, { alpha }) => [{ operator: 'Elu', inputs, outputs: [output], attributes: { alpha: { float: alpha } } }],
  // TensorFlow.js has no other α than 1: α · (eᵐ − 1) of m = min(x, 0) = −ReLU(−x), and x itself above.
  keras: (context, { alpha }) => {
    const input = inputOf(context.inputs);
    if (alpha === 1) return kerasActivation(context, input, 'elu');
    const below = kerasRescaled(context, kerasActivation(context, kerasRescaled(context, input, -1), 'relu'), -1);
    const bent = kerasRescaled(context, kerasActivation(context, below, 'elu'), alpha);
    return kerasSum(context, [kerasActivation(context, input, 'relu'), bent]);
  },
  pytorch: (_inputs, { alpha }) => ({ call: (_self, inputs) => `F.elu(${inputs.join(', ')}, alpha=${String(alpha)})` }),
  samples: elementwiseSamples({ alpha: 1 }, { alpha: 0.4 }),
});
