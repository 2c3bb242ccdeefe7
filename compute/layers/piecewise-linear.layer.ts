/** 0 below, 1 above, and a straight line between (Haykin's piecewise-linear unit has slope 1: from −½ to ½). */
import { add } from '../ops/add.op';
import { maximum } from '../ops/maximum.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { inputOf } from './arguments';
import { elementwiseSamples, oneInput, sameAsInput } from './elementwise-layer';
import { kerasActivation, kerasRescaled } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'piecewise-linear',
  version: 1,
  label: 'Piecewise linear',
  group: 'activation',
  help: 'A straight line through ½ at zero, cut off at 0 and 1. With a great slope it comes near to a threshold.',
  formula: 'y = min(1, max(0, slope · x + ½))',
  parameters: {
    slope: { type: 'number', label: 'Slope', help: 'Steepness of the line.', default: 1, minimum: 0, maximum: 1000 },
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: (_context, inputs, { slope }) => ({ output: minimum(maximum(add(multiply(inputOf(inputs), slope), 0.5), 0), 1) }),
  onnx: ({ inputs, output }, { slope }) => [
    { operator: 'HardSigmoid', inputs, outputs: [output], attributes: { alpha: { float: slope }, beta: { float: 0.5 } } },
  ],
  // min(r, 1) of r = ReLU(slope · x + ½) is 1 − ReLU(1 − r).
  keras: (context, { slope }) => {
    const above = kerasActivation(context, kerasRescaled(context, inputOf(context.inputs), slope, 0.5), 'relu');
    return kerasRescaled(context, kerasActivation(context, kerasRescaled(context, above, -1, 1), 'relu'), -1, 1);
  },
  pytorch: (_inputs, { slope }) => ({ call: (_self, inputs) => `torch.clamp(${String(slope)} * ${inputs.join(', ')} + 0.5, 0, 1)` }),
  samples: elementwiseSamples({ slope: 1 }, { slope: 0.3 }),
});
