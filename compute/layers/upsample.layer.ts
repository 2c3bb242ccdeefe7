/** An image enlarged by whole factors, as PyTorch's Upsample: each pixel repeated, or straight lines between the pixels. */
import { success } from '../graph/problem';
import { sizeOf, type Tensor } from '../graph/tensor';
import { absolute } from '../ops/absolute.op';
import { add } from '../ops/add.op';
import { cast } from '../ops/cast.op';
import { broadcastTo } from '../ops/elementwise';
import { iota } from '../ops/iota.op';
import { matrixProduct } from '../ops/matrix-product.op';
import { maximum } from '../ops/maximum.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { permute } from '../ops/permute.op';
import { relu } from '../ops/relu.op';
import { reshape } from '../ops/reshape.op';
import { subtract } from '../ops/subtract.op';
import { inputOf } from './arguments';
import { oneInput, onnxConstant } from './elementwise-layer';
import { filled, type KerasArray } from './keras';
import { alongKerasAxis, kerasOutput } from './keras-parts';
import { defineLayer } from './layer';
import { imageOf, pairOf, tuple } from './window';

const label = 'Upsample';

function repeated(input: Tensor, [vertical, horizontal]: readonly [number, number]): Tensor {
  const [batch = 1, channels = 1, height = 1, width = 1] = input.shape;
  const apart = reshape(input, [batch, channels, height, 1, width, 1]);
  const beside = broadcastTo(apart, [batch, channels, height, vertical, width, horizontal]);
  return reshape(beside, [batch, channels, height * vertical, width * horizontal]);
}

/**
 * Weights [length, length · scale] of straight lines between the middles of pixels: result o lies at (o + ½) / scale − ½,
 * kept within the image, and takes from each pixel 1 less its distance, or nothing.
 */
function lines(length: number, scale: number): Tensor {
  const shape = [length, length * scale];
  const place = add(multiply(cast(iota(shape, 1), 'f32'), 1 / scale), 0.5 / scale - 0.5);
  const kept = minimum(maximum(place, 0), length - 1);
  return relu(subtract(1, absolute(subtract(kept, cast(iota(shape, 0), 'f32')))));
}

/** The same weights as numbers. */
const lineWeights = (length: number, scale: number): KerasArray =>
  filled([length, length * scale], (index) => {
    const place = ((index % (length * scale)) + 0.5) / scale - 0.5;
    const kept = Math.min(Math.max(place, 0), length - 1);
    return Math.max(0, 1 - Math.abs(kept - Math.floor(index / (length * scale))));
  });

/** The last axis made longer. */
function stretched(input: Tensor, scale: number): Tensor {
  if (scale === 1) return input;
  const rows = input.shape.slice(0, -1);
  const length = input.shape.at(-1) ?? 1;
  return reshape(matrixProduct(reshape(input, [sizeOf(rows), length]), lines(length, scale)), [...rows, length * scale]);
}

/** Both axes one after the other. */
const interpolated = (input: Tensor, [vertical, horizontal]: readonly [number, number]): Tensor =>
  permute(stretched(permute(stretched(input, horizontal), [0, 1, 3, 2]), vertical), [0, 1, 3, 2]);

export const layer = defineLayer({
  kind: 'upsample',
  version: 1,
  label,
  group: 'shape',
  help: 'Enlarges an image, by repeating each pixel or with straight lines between them. Followed by a Conv 2D it takes the place of a transposed convolution.',
  formula: 'y[c, i, j] = x[c, ⌊i / scale⌋, ⌊j / scale⌋], or straight lines between the middles of the pixels',
  parameters: {
    scale: {
      type: 'integers',
      label: 'Scale',
      help: 'How many times as high and as wide the image becomes.',
      default: [2, 2],
      minimum: 1,
      maximum: 64,
      names: ['Height', 'Width'],
    },
    mode: {
      type: 'choice',
      label: 'Mode',
      help: 'Nearest repeats each pixel; bilinear draws straight lines between them.',
      default: 'nearest',
      options: [
        { value: 'nearest', label: 'Nearest' },
        { value: 'bilinear', label: 'Bilinear' },
      ],
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
  forward: (_context, inputs, { scale, mode }) => {
    const enlarge = mode === 'nearest' ? repeated : interpolated;
    return { output: enlarge(inputOf(inputs), pairOf(scale)) };
  },
  onnx: ({ inputs, output }, { scale, mode }) => [
    onnxConstant(`${output}/scale`, [1, 1, ...scale]),
    {
      operator: 'Resize',
      // The second input, a region of interest, is left out.
      inputs: [...inputs, '', `${output}/scale`],
      outputs: [output],
      attributes:
        mode === 'nearest'
          ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
          : { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
    },
  ],
  // Keras and TensorFlow.js do not draw the same lines: they are matrices here, one an axis.
  keras: (context, { scale, mode }) => {
    const input = inputOf(context.inputs);
    if (mode === 'nearest') return context.add('UpSampling2D', input, kerasOutput(context), { size: scale, interpolation: 'nearest' });
    const [vertical, horizontal] = pairOf(scale);
    const [height = 1, width = 1] = input.shape;
    return alongKerasAxis(context, alongKerasAxis(context, input, 0, lineWeights(height, vertical)), 1, lineWeights(width, horizontal));
  },
  pytorch: (_inputs, { scale, mode }) => ({
    call: (_self, inputs) =>
      `F.interpolate(${inputs.join(', ')}, scale_factor=${tuple(scale)}, mode='${mode}'${mode === 'nearest' ? '' : ', align_corners=False'})`,
  }),
  samples: [
    { name: 'doubling', inputShapes: [[2, 2, 3]], parameters: { scale: [2, 2], mode: 'nearest' } },
    { name: 'height and width apart', inputShapes: [[1, 3, 2]], parameters: { scale: [1, 3], mode: 'nearest' } },
    { name: 'straight lines', inputShapes: [[2, 3, 4]], parameters: { scale: [2, 3], mode: 'bilinear' } },
    { name: 'straight lines from one row', inputShapes: [[1, 1, 2]], parameters: { scale: [4, 1], mode: 'bilinear' } },
  ],
});
