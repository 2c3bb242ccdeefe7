/** Where samples enter the network. */
import { success } from '../graph/problem';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'input',
  version: 1,
  label: 'Input',
  group: 'core',
  help: 'Where the samples of the data set enter. Its shape is that of one sample: channels × height × width for images, one number for a row of features.',
  formula: 'y = the sample',
  parameters: {
    shape: {
      type: 'shape',
      label: 'Shape',
      help: 'Sizes of the axes of one sample.',
      default: [1, 28, 28],
      minimumRank: 1,
      maximumRank: 6,
    },
  },
  inputs: { minimum: 0, maximum: 0 },
  shape: (_inputs, { shape }) => success(shape),
  weights: () => [],
  // The network hands its own input to this node.
  forward: (_context, [input]) => {
    if (input === undefined) throw new TypeError('The input node was given no tensor.');
    return { output: input };
  },
  // It is the graph's own input and needs no node.
  onnx: () => [],
  pytorch: () => ({ call: (_self, inputs) => inputs.join(', ') }),
  samples: [
    { name: 'an image', inputShapes: [], parameters: { shape: [2, 3, 4] } },
    { name: 'features', inputShapes: [], parameters: { shape: [5] } },
  ],
});
