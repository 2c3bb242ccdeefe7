/** 1 above the threshold and 0 elsewhere: the unit of McCulloch and Pitts (1943). */
import { greater } from '../ops/greater.op';
import { inputOf } from './arguments';
import { oneInput, onnxConstant, sameAsInput } from './elementwise-layer';
import { kerasFunction } from './keras-parts';
import { defineLayer } from './layer';
import { straightThrough, straightThroughCall, straightThroughParameter } from './straight-through';

export const layer = defineLayer({
  kind: 'threshold',
  version: 1,
  label: 'Threshold',
  group: 'activation',
  help: 'Gives 1 where a value exceeds the threshold and 0 elsewhere, as the unit of McCulloch and Pitts does. It is flat: nothing before it learns by gradients, unless they pass straight through.',
  formula: 'y = 1 where x > θ, else 0',
  parameters: {
    threshold: { type: 'number', label: 'Threshold', help: 'What a value must exceed.', default: 0, minimum: -1000, maximum: 1000 },
    straightThrough: straightThroughParameter,
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: (_context, inputs, { threshold, straightThrough: passes }) => {
    const input = inputOf(inputs);
    const step = greater(input, threshold);
    return { output: passes ? straightThrough(step, input) : step };
  },
  onnx: ({ inputs: [input = ''], output }, { threshold }) => [
    onnxConstant(`${output}/threshold`, threshold),
    { operator: 'Greater', inputs: [input, `${output}/threshold`], outputs: [`${output}/above`], attributes: {} },
    { operator: 'Cast', inputs: [`${output}/above`], outputs: [output], attributes: { to: 1 } },
  ],
  keras: (context, { threshold }) => kerasFunction(context, inputOf(context.inputs), 'greater', threshold),
  pytorch: (_inputs, { threshold, straightThrough: passes }) => ({
    call: (_self, [input = '']) => {
      const step = `(${input} > ${String(threshold)}).to(${input}.dtype)`;
      return passes ? straightThroughCall(step, input) : step;
    },
  }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: { threshold: 0, straightThrough: false } },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: { threshold: 0.7, straightThrough: false } },
    {
      name: 'straight through',
      inputShapes: [[5]],
      parameters: { threshold: -0.5, straightThrough: true },
      surrogateGradient: true,
    },
  ],
});
