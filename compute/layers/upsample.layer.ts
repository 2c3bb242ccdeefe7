/** An image enlarged by whole factors: each pixel repeated, as PyTorch's Upsample in the mode nearest. */
import { success } from '../graph/problem';
import { broadcastTo } from '../ops/elementwise';
import { reshape } from '../ops/reshape.op';
import { inputOf } from './arguments';
import { oneInput, onnxConstant } from './elementwise-layer';
import { defineLayer } from './layer';
import { imageOf, pairOf, tuple } from './window';

const label = 'Upsample';

export const layer = defineLayer({
  kind: 'upsample',
  version: 1,
  label,
  group: 'shape',
  help: 'Enlarges an image by repeating each pixel. Followed by a Conv 2D it takes the place of a transposed convolution.',
  formula: 'y[c, i, j] = x[c, ⌊i / scale⌋, ⌊j / scale⌋]',
  parameters: {
    scale: {
      type: 'integers',
      label: 'Scale',
      help: 'How often each pixel is repeated.',
      default: [2, 2],
      minimum: 1,
      maximum: 64,
      names: ['Height', 'Width'],
    },
  },
  inputs: oneInput,
  shape: (inputs, { scale }) => {
    const image = imageOf(label, inputs);
    if (!image.ok) return image;
    const [channels, height, width] = image.value;
    const [vertical, horizontal] = pairOf(scale);
    return success([channels, height * vertical, width * horizontal]);
  },
  weights: () => [],
  forward: (_context, inputs, { scale }) => {
    const input = inputOf(inputs);
    const [batch = 1, channels = 1, height = 1, width = 1] = input.shape;
    const [vertical, horizontal] = pairOf(scale);
    const apart = reshape(input, [batch, channels, height, 1, width, 1]);
    const repeated = broadcastTo(apart, [batch, channels, height, vertical, width, horizontal]);
    return { output: reshape(repeated, [batch, channels, height * vertical, width * horizontal]) };
  },
  onnx: ({ inputs, output }, { scale }) => [
    onnxConstant(`${output}/scale`, [1, 1, ...scale]),
    {
      operator: 'Resize',
      // The second input, a region of interest, is left out.
      inputs: [...inputs, '', `${output}/scale`],
      outputs: [output],
      attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    },
  ],
  pytorch: (_inputs, { scale }) => ({
    call: (_self, inputs) => `F.interpolate(${inputs.join(', ')}, scale_factor=${tuple(scale)}, mode='nearest')`,
  }),
  samples: [
    { name: 'doubling', inputShapes: [[2, 2, 3]], parameters: { scale: [2, 2] } },
    { name: 'height and width apart', inputShapes: [[1, 3, 2]], parameters: { scale: [1, 3] } },
  ],
});
