/** exp(x) / Σ exp(x) along one axis. */
import { success } from '../graph/problem';
import { softmax } from '../ops/softmax';
import { inputOf } from './arguments';
import { axisParameter, batchedAxis, sampleAxis } from './axis';
import { kerasAxis } from './keras';
import { withAxisLast } from './keras-parts';
import { defineLayer } from './layer';

const label = 'Softmax';

export const layer = defineLayer({
  kind: 'softmax',
  version: 1,
  label,
  group: 'activation',
  help: 'Turns scores into probabilities that add up to 1. Not needed before the loss softmax cross-entropy, which does it by itself.',
  formula: 'y = eˣ / Σ eˣ along the axis',
  parameters: { axis: axisParameter('Along which axis they add up to 1, counted from 0; −1 is the last.', -1) },
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []], { axis }) => {
    const found = sampleAxis(label, input, axis);
    return found.ok ? success(input) : found;
  },
  weights: () => [],
  forward: (_context, inputs, { axis }) => {
    const input = inputOf(inputs);
    return { output: softmax(input, batchedAxis(input.shape.length, axis)) };
  },
  onnx: ({ inputs, output, outputShape }, { axis }) => [
    { operator: 'Softmax', inputs, outputs: [output], attributes: { axis: batchedAxis(outputShape.length + 1, axis) } },
  ],
  // TensorFlow.js knows the last axis alone.
  keras: (context, { axis }) => {
    const input = inputOf(context.inputs);
    return withAxisLast(context, input, kerasAxis(input.shape.length, axis) - 1, (moved) =>
      context.add('Softmax', moved, moved.shape, { axis: -1 }),
    );
  },
  pytorch: ([input = []], { axis }) => ({
    call: (_self, inputs) => `torch.softmax(${inputs.join(', ')}, dim=${String(batchedAxis(input.length + 1, axis))})`,
  }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: { axis: -1 } },
    { name: 'channels of an image', inputShapes: [[3, 2, 2]], parameters: { axis: 0 } },
  ],
});
