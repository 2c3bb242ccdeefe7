/** Zeros around an image. */
import { success } from '../graph/problem';
import { pad } from '../ops/slice.op';
import { inputOf } from './arguments';
import { oneInput, onnxIntegers } from './elementwise-layer';
import { kerasOutput } from './keras-parts';
import { defineLayer } from './layer';
import { imageOf, tuple } from './window';

const label = 'Pad';

export const layer = defineLayer({
  kind: 'pad',
  version: 1,
  label,
  group: 'shape',
  help: 'Puts rows and columns of zeros around an image, as many on each side as are asked for.',
  formula: 'y[c, i, j] = x[c, i − top, j − left], 0 outside of x',
  parameters: {
    padding: {
      type: 'integers',
      label: 'Zeros',
      unit: 'px',
      default: [1, 1, 1, 1],
      minimum: 0,
      maximum: 1024,
      names: ['Top', 'Bottom', 'Left', 'Right'],
    },
  },
  inputs: oneInput,
  shape: (inputs, { padding: [top = 0, bottom = 0, left = 0, right = 0] }) => {
    const image = imageOf(label, inputs);
    if (!image.ok) return image;
    const [channels, height, width] = image.value;
    return success([channels, top + height + bottom, left + width + right]);
  },
  weights: () => [],
  forward: (_context, inputs, { padding: [top = 0, bottom = 0, left = 0, right = 0] }) => ({
    output: pad(inputOf(inputs), { before: [0, 0, top, left], after: [0, 0, bottom, right] }),
  }),
  onnx: ({ inputs, output }, { padding: [top = 0, bottom = 0, left = 0, right = 0] }) => [
    onnxIntegers(`${output}/padding`, [0, 0, top, left, 0, 0, bottom, right]),
    { operator: 'Pad', inputs: [...inputs, `${output}/padding`], outputs: [output], attributes: {} },
  ],
  keras: (context, { padding: [top = 0, bottom = 0, left = 0, right = 0] }) =>
    context.add('ZeroPadding2D', inputOf(context.inputs), kerasOutput(context), {
      padding: [
        [top, bottom],
        [left, right],
      ],
    }),
  pytorch: (_inputs, { padding: [top = 0, bottom = 0, left = 0, right = 0] }) => ({
    call: (_self, inputs) => `F.pad(${inputs.join(', ')}, ${tuple([left, right, top, bottom])})`,
  }),
  samples: [
    { name: 'a frame', inputShapes: [[2, 3, 2]], parameters: { padding: [1, 1, 1, 1] } },
    { name: 'different sides', inputShapes: [[1, 2, 3]], parameters: { padding: [0, 2, 3, 1] } },
  ],
});
