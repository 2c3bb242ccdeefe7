/** x / (1 + e⁻ˣ), also called swish (Elfwing, Uchibe, Doya, 2018). */
import { multiply } from '../ops/multiply.op';
import { sigmoid } from '../ops/sigmoid.op';
import { inputOf } from './arguments';
import { elementwiseSamples, oneInput, sameAsInput } from './elementwise-layer';
import { kerasActivation, kerasProduct } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'silu',
  version: 1,
  label: 'SiLU',
  group: 'activation',
  help: 'Each value times its own sigmoid: a smooth ReLU with a dip below zero. Also called swish.',
  formula: 'y = x / (1 + e⁻ˣ)',
  parameters: {},
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: (_context, inputs) => ({ output: multiply(inputOf(inputs), sigmoid(inputOf(inputs))) }),
  onnx: ({ inputs: [input = ''], output }) => [
    { operator: 'Sigmoid', inputs: [input], outputs: [`${output}/gate`], attributes: {} },
    { operator: 'Mul', inputs: [input, `${output}/gate`], outputs: [output], attributes: {} },
  ],
  keras: (context) => {
    const input = inputOf(context.inputs);
    return kerasProduct(context, [input, kerasActivation(context, input, 'sigmoid')]);
  },
  pytorch: (_inputs) => ({ call: (_self, inputs) => `F.silu(${inputs.join(', ')})` }),
  samples: elementwiseSamples({}, {}),
});
