/** The greatest value of each channel over the whole image. Where several are greatest they share the gradient. */
import { success } from '../graph/problem';
import { max } from '../ops/max.op';
import { inputOf } from './arguments';
import { defineLayer } from './layer';
import { imageOf } from './window';

const label = 'Global max pool';

export const layer = defineLayer({
  kind: 'global-max-pool',
  version: 1,
  label,
  group: 'pooling',
  help: 'Replaces each channel by its greatest value: whether its pattern is anywhere in the image.',
  formula: 'y[c] = max of x[c, i, j] over i and j',
  parameters: {},
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs) => {
    const image = imageOf(label, inputs);
    return image.ok ? success([image.value[0]]) : image;
  },
  weights: () => [],
  forward: (_context, inputs) => ({ output: max(inputOf(inputs), [2, 3]) }),
  onnx: ({ inputs, output }) => [
    { operator: 'GlobalMaxPool', inputs, outputs: [`${output}/image`], attributes: {} },
    { operator: 'Flatten', inputs: [`${output}/image`], outputs: [output], attributes: { axis: 1 } },
  ],
  pytorch: (_inputs) => ({ call: (_self, inputs) => `torch.amax(${inputs.join(', ')}, dim=(2, 3))` }),
  samples: [
    { name: 'an image', inputShapes: [[3, 4, 5]], parameters: {} },
    { name: 'one pixel', inputShapes: [[2, 1, 1]], parameters: {}, batch: 1 },
  ],
});
