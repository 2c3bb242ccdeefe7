/** The mean of each channel over the whole image (Lin, Chen, Yan, 2013). */
import { success } from '../graph/problem';
import { mean } from '../ops/mean';
import { inputOf } from './arguments';
import { defineLayer } from './layer';
import { imageOf } from './window';

const label = 'Global average pool';

export const layer = defineLayer({
  kind: 'global-average-pool',
  version: 1,
  label,
  group: 'pooling',
  help: 'Replaces each channel by its average: a row of numbers for Dense, whatever the size of the image.',
  formula: 'y[c] = mean of x[c, i, j] over i and j',
  parameters: {},
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs) => {
    const image = imageOf(label, inputs);
    return image.ok ? success([image.value[0]]) : image;
  },
  weights: () => [],
  forward: (_context, inputs) => ({ output: mean(inputOf(inputs), [2, 3]) }),
  onnx: ({ inputs, output }) => [
    { operator: 'GlobalAveragePool', inputs, outputs: [`${output}/image`], attributes: {} },
    { operator: 'Flatten', inputs: [`${output}/image`], outputs: [output], attributes: { axis: 1 } },
  ],
  pytorch: (_inputs) => ({ call: (_self, inputs) => `torch.mean(${inputs.join(', ')}, dim=(2, 3))` }),
  samples: [
    { name: 'an image', inputShapes: [[3, 4, 5]], parameters: {} },
    { name: 'one pixel', inputShapes: [[2, 1, 1]], parameters: {}, batch: 1 },
  ],
});
