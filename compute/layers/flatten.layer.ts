/** All axes of a sample in one, in row-major order. */
import { success } from '../graph/problem';
import { sizeOf } from '../graph/tensor';
import { reshape } from '../ops/reshape.op';
import { inputOf } from './arguments';
import { asHebbHolds } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'flatten',
  version: 1,
  label: 'Flatten',
  group: 'core',
  help: 'Lays out an image as one row of numbers, as Dense needs it.',
  formula: 'y = x in row-major order',
  parameters: {},
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []]) => success([sizeOf(input)]),
  weights: () => [],
  forward: (_context, inputs) => {
    const input = inputOf(inputs);
    const [batch = 1, ...sample] = input.shape;
    return { output: reshape(input, [batch, sizeOf(sample)]) };
  },
  onnx: ({ inputs, output }) => [{ operator: 'Flatten', inputs, outputs: [output], attributes: { axis: 1 } }],
  keras: (context) => {
    const input = asHebbHolds(context, inputOf(context.inputs));
    // TensorFlow.js flattens nothing that is flat.
    if (input.shape.length === 1) return context.add('Reshape', input, input.shape, { target_shape: input.shape });
    return context.add('Flatten', input, context.outputShape);
  },
  pytorch: (_inputs) => ({ call: (_self, inputs) => `torch.flatten(${inputs.join(', ')}, 1)` }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: {} },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: {} },
  ],
});
