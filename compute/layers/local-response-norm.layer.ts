/** Local response normalisation (Krizhevsky, Sutskever, Hinton, 2012), as PyTorch's LocalResponseNorm: α is divided by the size. */
import { failure, success } from '../graph/problem';
import { add } from '../ops/add.op';
import { multiply, square } from '../ops/multiply.op';
import { power } from '../ops/power.op';
import { pad, sliceAxis } from '../ops/slice.op';
import { inputOf } from './arguments';
import { filled } from './keras';
import { kerasFunction, kerasProduct } from './keras-parts';
import { defineLayer } from './layer';
import { imageOf } from './window';

const label = 'Local response norm';

export const layer = defineLayer({
  kind: 'local-response-norm',
  version: 1,
  label,
  group: 'normalization',
  help: 'Divides each value by what its neighbouring channels respond at the same place, so that strong responses inhibit others. AlexNet used it.',
  formula: 'y[c] = x[c] / (k + α / n · Σ x[c′]²)^β over the n channels c′ around c',
  parameters: {
    size: {
      type: 'integer',
      label: 'Channels',
      help: 'How many neighbouring channels count: an odd number.',
      default: 5,
      minimum: 1,
      maximum: 255,
    },
    alpha: {
      type: 'number',
      label: 'Alpha',
      help: 'How much they count.',
      default: 1e-4,
      minimum: 1e-8,
      maximum: 100,
      scale: 'logarithmic',
    },
    beta: { type: 'number', label: 'Beta', help: 'The exponent.', default: 0.75, minimum: 0.01, maximum: 10 },
    k: {
      type: 'number',
      label: 'k',
      help: 'Added to the sum, so that nothing is divided by zero.',
      default: 1,
      minimum: 0.001,
      maximum: 100,
    },
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, { size }) => {
    const image = imageOf(label, inputs);
    if (!image.ok) return image;
    return size % 2 === 1 ? success(image.value) : failure('network.odd-size', { layer: label, size }, { parameter: 'size' });
  },
  weights: () => [],
  forward: (_context, inputs, { size, alpha, beta, k }) => {
    const input = inputOf(inputs);
    const reach = (size - 1) / 2;
    const [, channels = 1] = input.shape;
    const framed = pad(square(input), { before: [0, reach, 0, 0], after: [0, reach, 0, 0] });
    // Neighbours farther off than there are channels are zeros for all.
    const offsets = Array.from({ length: size }, (_, offset) => offset).filter((offset) => Math.abs(offset - reach) < channels);
    const total = offsets.map((offset) => sliceAxis(framed, 1, offset, channels)).reduce((sum, part) => add(sum, part));
    return { output: multiply(input, power(add(multiply(total, alpha / size), k), -beta)) };
  },
  onnx: ({ inputs, output }, { size, alpha, beta, k }) => [
    {
      operator: 'LRN',
      inputs,
      outputs: [output],
      attributes: { size, alpha: { float: alpha }, beta: { float: beta }, bias: { float: k } },
    },
  ],
  // The sum over neighbouring channels is a convolution of the squares with a band of ones.
  keras: (context, { size, alpha, beta, k }) => {
    const input = inputOf(context.inputs);
    const channels = input.shape.at(-1) ?? 1;
    const reach = (size - 1) / 2;
    const band = filled([1, 1, channels, channels], (place) =>
      Math.abs((place % channels) - Math.floor(place / channels)) <= reach ? alpha / size : 0,
    );
    const config = { filters: channels, kernel_size: [1, 1], use_bias: true };
    const weights = { kernel: band, bias: filled([channels], () => k) };
    const total = context.addFixed('Conv2D', kerasProduct(context, [input, input]), input.shape, config, weights);
    return kerasProduct(context, [input, kerasFunction(context, total, 'power', -beta)]);
  },
  pytorch: (_inputs, { size, alpha, beta, k }) => ({
    call: (_self, inputs) =>
      `F.local_response_norm(${inputs.join(', ')}, ${String(size)}, alpha=${String(alpha)}, beta=${String(beta)}, k=${String(k)})`,
  }),
  samples: [
    { name: 'three neighbours', inputShapes: [[4, 2, 3]], parameters: { size: 3, alpha: 0.5, beta: 0.75, k: 1 } },
    { name: 'more neighbours than channels', inputShapes: [[2, 3, 2]], parameters: { size: 5, alpha: 0.1, beta: 0.5, k: 2 } },
  ],
});
