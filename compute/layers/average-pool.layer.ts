/** The average of each window, as PyTorch's AvgPool2d: padding counts as zeros. */
import { averagePool2d } from '../ops/average-pool-2d.op';
import { inputOf } from './arguments';
import { kerasPool } from './keras-convolution';
import { defineLayer } from './layer';
import { kernelSizeParameter, onnxPads, paddingParameter, pairOf, pooledShape, strideParameter, tuple } from './window';

const label = 'Average pool';

export const layer = defineLayer({
  kind: 'average-pool',
  version: 1,
  label,
  group: 'pooling',
  help: 'Replaces each window by its average, so that the image shrinks.',
  formula: 'y[c, i, j] = mean of x[c, i·stride + h − padding, j·stride + w − padding] over the window',
  parameters: {
    kernelSize: kernelSizeParameter('Window size', 2),
    stride: strideParameter(2),
    padding: paddingParameter('Rows and columns of zeros added on each side; they count in the average. At most half of the window.'),
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, parameters) => pooledShape(label, inputs, parameters),
  weights: () => [],
  forward: (_context, inputs, { kernelSize, stride, padding }) => ({
    output: averagePool2d(inputOf(inputs), { kernelSize: pairOf(kernelSize), stride: pairOf(stride), padding: pairOf(padding) }),
  }),
  onnx: ({ inputs, output }, { kernelSize, stride, padding }) => [
    {
      operator: 'AveragePool',
      inputs,
      outputs: [output],
      attributes: { kernel_shape: kernelSize, strides: stride, pads: onnxPads(padding), count_include_pad: 1 },
    },
  ],
  keras: (context, parameters) => kerasPool(context, 'Average', parameters),
  pytorch: (_inputs, { kernelSize, stride, padding }) => ({
    module: `nn.AvgPool2d(${tuple(kernelSize)}, stride=${tuple(stride)}${tuple(padding) === '0' ? '' : `, padding=${tuple(padding)}`})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'halving', inputShapes: [[2, 4, 6]], parameters: { kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] } },
    { name: 'overlapping windows', inputShapes: [[2, 5, 6]], parameters: { kernelSize: [3, 2], stride: [1, 2], padding: [0, 0] } },
    { name: 'padding and a rest', inputShapes: [[1, 6, 7]], parameters: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] }, batch: 1 },
  ],
});
