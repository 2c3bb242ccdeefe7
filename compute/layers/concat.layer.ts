/** Several inputs one after another along one axis. */
import { failure, success } from '../graph/problem';
import { formatShape } from '../graph/tensor';
import { concatenate } from '../ops/concatenate';
import { inputOf } from './arguments';
import { axisParameter, batchedAxis, sampleAxis } from './axis';
import { kerasAxis } from './keras';
import { kerasDistinct, kerasOutput } from './keras-parts';
import { defineLayer } from './layer';

const label = 'Concat';

export const layer = defineLayer({
  kind: 'concat',
  version: 1,
  label,
  group: 'merge',
  help: 'Puts its inputs one after another, for instance the channels of two branches. All other axes must agree.',
  formula: 'y = [x₁, x₂, …] along the axis',
  parameters: { axis: axisParameter('Along which axis, counted from 0; for images 0 are the channels.', 0) },
  inputs: { minimum: 2, maximum: Infinity },
  shape: (inputs, { axis }) => {
    const [first = []] = inputs;
    const found = sampleAxis(label, first, axis);
    if (!found.ok) return found;
    for (const [position, shape] of inputs.entries()) {
      if (shape.length !== first.length || shape.some((size, other) => other !== found.value && size !== first[other])) {
        return failure('network.concat-shapes', {
          layer: label,
          axis: found.value,
          first: formatShape(first),
          actual: formatShape(shape),
          position: position + 1,
        });
      }
    }
    return success(
      first.map((size, other) => (other === found.value ? inputs.reduce((total, shape) => total + (shape[other] ?? 0), 0) : size)),
    );
  },
  weights: () => [],
  forward: (_context, inputs, { axis }) => ({ output: concatenate(inputs, batchedAxis(inputOf(inputs).shape.length, axis)) }),
  onnx: ({ inputs, output, outputShape }, { axis }) => [
    { operator: 'Concat', inputs, outputs: [output], attributes: { axis: batchedAxis(outputShape.length + 1, axis) } },
  ],
  keras: (context, { axis }) => {
    const rank = context.outputShape.length;
    return context.add('Concatenate', kerasDistinct(context, context.inputs), kerasOutput(context), { axis: kerasAxis(rank, axis) });
  },
  pytorch: ([input = []], { axis }) => ({
    call: (_self, inputs) => `torch.cat([${inputs.join(', ')}], dim=${String(batchedAxis(input.length + 1, axis))})`,
  }),
  samples: [
    { name: 'features', inputShapes: [[3], [2]], parameters: { axis: 0 } },
    {
      name: 'channels of three images',
      inputShapes: [
        [1, 2, 3],
        [2, 2, 3],
        [1, 2, 3],
      ],
      parameters: { axis: 0 },
    },
    {
      name: 'the last axis',
      inputShapes: [
        [2, 3],
        [2, 1],
      ],
      parameters: { axis: -1 },
    },
  ],
});
