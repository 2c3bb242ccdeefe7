/** ln(1 + e^(βx)) / β: ReLU with its corner rounded off. */
import { multiply } from '../ops/multiply.op';
import { softplus } from '../ops/softplus.op';
import { inputOf } from './arguments';
import { elementwiseSamples, oneInput, onnxConstant, sameAsInput } from './elementwise-layer';
import { kerasActivation, kerasRescaled } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'softplus',
  version: 1,
  label: 'Softplus',
  group: 'activation',
  help: 'A ReLU with its corner rounded off: always positive, and with a gradient everywhere.',
  formula: 'y = ln(1 + e^(β·x)) / β',
  parameters: {
    beta: { type: 'number', label: 'Beta', help: 'The greater, the sharper the corner.', default: 1, minimum: 0.01, maximum: 100 },
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: (_context, inputs, { beta }) => {
    const input = inputOf(inputs);
    return { output: beta === 1 ? softplus(input) : multiply(softplus(multiply(input, beta)), 1 / beta) };
  },
  onnx: ({ inputs, output }, { beta }) =>
    beta === 1
      ? [{ operator: 'Softplus', inputs, outputs: [output], attributes: {} }]
      : [
          onnxConstant(`${output}/beta`, beta),
          { operator: 'Mul', inputs: [...inputs, `${output}/beta`], outputs: [`${output}/scaled`], attributes: {} },
          { operator: 'Softplus', inputs: [`${output}/scaled`], outputs: [`${output}/softplus`], attributes: {} },
          { operator: 'Div', inputs: [`${output}/softplus`, `${output}/beta`], outputs: [output], attributes: {} },
        ],
  keras: (context, { beta }) => {
    const input = inputOf(context.inputs);
    if (beta === 1) return kerasActivation(context, input, 'softplus');
    return kerasRescaled(context, kerasActivation(context, kerasRescaled(context, input, beta), 'softplus'), 1 / beta);
  },
  // PyTorch leaves the formula for x itself beyond a threshold of 20, where both agree to 2e-9; here it is out of reach.
  pytorch: (_inputs, { beta }) => ({ call: (_self, inputs) => `F.softplus(${inputs.join(', ')}, beta=${String(beta)}, threshold=500)` }),
  samples: elementwiseSamples({ beta: 1 }, { beta: 2.5 }),
});
