/** −1 below zero, 1 above it, 0 at it. */
import { sign } from '../ops/sign.op';
import { inputOf } from './arguments';
import { oneInput, sameAsInput } from './elementwise-layer';
import { kerasFunction } from './keras-parts';
import { defineLayer } from './layer';
import { straightThrough, straightThroughCall, straightThroughParameter } from './straight-through';

export const layer = defineLayer({
  kind: 'sign',
  version: 1,
  label: 'Sign',
  group: 'activation',
  help: 'Gives −1 for negative and 1 for positive values. It is flat: nothing before it learns by gradients, unless they pass straight through.',
  formula: 'y = −1 where x < 0, 1 where x > 0, else 0',
  parameters: { straightThrough: straightThroughParameter },
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: (_context, inputs, { straightThrough: passes }) => {
    const input = inputOf(inputs);
    return { output: passes ? straightThrough(sign(input), input) : sign(input) };
  },
  onnx: ({ inputs, output }) => [{ operator: 'Sign', inputs, outputs: [output], attributes: {} }],
  keras: (context) => kerasFunction(context, inputOf(context.inputs), 'sign'),
  pytorch: (_inputs, { straightThrough: passes }) => ({
    call: (_self, [input = '']) => (passes ? straightThroughCall(`torch.sign(${input})`, input) : `torch.sign(${input})`),
  }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: { straightThrough: false } },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: { straightThrough: false } },
    { name: 'straight through', inputShapes: [[5]], parameters: { straightThrough: true }, surrogateGradient: true },
  ],
});
