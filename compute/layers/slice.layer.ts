/** A piece of its input along one axis. */
import { failure, success } from '../graph/problem';
import { formatShape } from '../graph/tensor';
import { sliceAxis } from '../ops/slice.op';
import { sizeOf } from '../graph/tensor';
import { inputOf } from './arguments';
import { axisParameter, batchedAxis, sampleAxis } from './axis';
import { oneInput, onnxIntegers } from './elementwise-layer';
import { kerasAxis } from './keras';
import { kerasOutput, kerasReshaped } from './keras-parts';
import { defineLayer } from './layer';

const label = 'Slice';

export const layer = defineLayer({
  kind: 'slice',
  version: 1,
  label,
  group: 'shape',
  help: 'Takes a piece out of its input along one axis, for instance some of the channels.',
  formula: 'y[…, i, …] = x[…, start + i, …] for i < length',
  parameters: {
    axis: axisParameter('Along which axis, counted from 0; for images 0 are the channels.', 0),
    start: {
      type: 'integer',
      label: 'Start',
      help: 'The first element that is taken, counted from 0.',
      default: 0,
      minimum: 0,
      maximum: 65_535,
    },
    length: { type: 'integer', label: 'Length', help: 'How many are taken.', default: 1, minimum: 1, maximum: 65_536 },
  },
  inputs: oneInput,
  shape: ([input = []], { axis, start, length }) => {
    const found = sampleAxis(label, input, axis);
    if (!found.ok) return found;
    const size = input[found.value] ?? 0;
    return start + length <= size
      ? success(input.map((other, position) => (position === found.value ? length : other)))
      : failure(
          'network.slice-range',
          { layer: label, first: start, last: start + length - 1, axis: found.value, size, actual: formatShape(input) },
          { parameter: 'length' },
        );
  },
  weights: () => [],
  forward: (_context, inputs, { axis, start, length }) => {
    const input = inputOf(inputs);
    return { output: sliceAxis(input, batchedAxis(input.shape.length, axis), start, length) };
  },
  onnx: ({ inputs, output, outputShape }, { axis, start, length }) => [
    onnxIntegers(`${output}/start`, [start]),
    onnxIntegers(`${output}/end`, [start + length]),
    onnxIntegers(`${output}/axis`, [batchedAxis(outputShape.length + 1, axis)]),
    {
      operator: 'Slice',
      inputs: [...inputs, `${output}/start`, `${output}/end`, `${output}/axis`],
      outputs: [output],
      attributes: {},
    },
  ],
  // What is cut off an image of what stands before the axis, the axis, and what stands behind it.
  keras: (context, { axis, start, length }) => {
    const input = inputOf(context.inputs);
    const along = kerasAxis(input.shape.length, axis) - 1;
    const size = input.shape[along] ?? 1;
    const image = kerasReshaped(context, input, [sizeOf(input.shape.slice(0, along)), size, sizeOf(input.shape.slice(along + 1))]);
    const cut = context.add('Cropping2D', image, [image.shape[0] ?? 1, length, image.shape[2] ?? 1], {
      cropping: [
        [0, 0],
        [start, size - start - length],
      ],
    });
    return kerasReshaped(context, cut, kerasOutput(context));
  },
  pytorch: ([input = []], { axis, start, length }) => ({
    call: (_self, [name = '']) =>
      `torch.narrow(${name}, ${String(batchedAxis(input.length + 1, axis))}, ${String(start)}, ${String(length)})`,
  }),
  samples: [
    { name: 'features', inputShapes: [[6]], parameters: { axis: 0, start: 2, length: 3 } },
    { name: 'channels of an image', inputShapes: [[4, 2, 3]], parameters: { axis: 0, start: 1, length: 2 } },
    { name: 'the last axis', inputShapes: [[2, 5]], parameters: { axis: -1, start: 4, length: 1 } },
  ],
});
