/** 1 / (1 + e^(−slope · x)), each element by itself. */
import { multiply } from '../ops/multiply.op';
import { sigmoid } from '../ops/sigmoid.op';
import { inputOf } from './arguments';
import { oneInput, onnxConstant, sameAsInput } from './elementwise-layer';
import { kerasActivation, kerasRescaled } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'sigmoid',
  version: 1,
  label: 'Sigmoid',
  group: 'activation',
  help: 'Squeezes each value into 0 … 1. Far from zero it is flat, so that deep networks learn slowly with it.',
  formula: 'y = 1 / (1 + e^(−slope · x))',
  parameters: {
    slope: {
      type: 'number',
      label: 'Slope',
      help: 'How fast it rises: the greater, the nearer to a threshold.',
      default: 1,
      minimum: 0.01,
      maximum: 100,
    },
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: (_context, inputs, { slope }) => {
    const input = inputOf(inputs);
    return { output: sigmoid(slope === 1 ? input : multiply(input, slope)) };
  },
  onnx: ({ inputs, output }, { slope }) =>
    slope === 1
      ? [{ operator: 'Sigmoid', inputs, outputs: [output], attributes: {} }]
      : [
          onnxConstant(`${output}/slope`, slope),
          { operator: 'Mul', inputs: [...inputs, `${output}/slope`], outputs: [`${output}/scaled`], attributes: {} },
          { operator: 'Sigmoid', inputs: [`${output}/scaled`], outputs: [output], attributes: {} },
        ],
  keras: (context, { slope }) => {
    const input = inputOf(context.inputs);
    return kerasActivation(context, slope === 1 ? input : kerasRescaled(context, input, slope), 'sigmoid');
  },
  pytorch: (_inputs, { slope }) => ({
    call: (_self, inputs) => `torch.sigmoid(${slope === 1 ? '' : `${String(slope)} * `}${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: { slope: 1 } },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: { slope: 1 } },
    { name: 'steep', inputShapes: [[5]], parameters: { slope: 3 } },
  ],
});
