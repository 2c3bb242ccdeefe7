/** Layer normalisation (Ba, Kiros, Hinton, 2016), as PyTorch's LayerNorm: each sample by itself, with its biased variance. */
import type { Shape } from '../graph/tensor';
import { add } from '../ops/add.op';
import { divide } from '../ops/divide.op';
import { moments } from '../ops/moments';
import { multiply } from '../ops/multiply.op';
import { sqrt } from '../ops/sqrt.op';
import { expand } from '../ops/sum.op';
import { inputOf, weightOf } from './arguments';
import { oneInput, sameAsInput } from './elementwise-layer';
import { arranged, kerasAxis, kerasOrder } from './keras';
import { defineLayer } from './layer';
import { affineParameter, epsilonParameter } from './normalization';

const normalizedShape = (input: Shape, over: 'last' | 'all'): Shape => (over === 'all' ? input : input.slice(-1));

export const layer = defineLayer({
  kind: 'layer-norm',
  version: 1,
  label: 'Layer norm',
  group: 'normalization',
  help: 'Gives each sample mean 0 and variance 1, then a learned scale and shift. It does not depend on the batch, so it is the same in training and in evaluation. The usual choice in transformers.',
  formula: 'y = (x − μ) / √(σ² + ε) · γ + β, with μ and σ² over the axes of each sample',
  parameters: {
    over: {
      type: 'choice',
      label: 'Over',
      help: 'The last axis alone, so that each position of a sequence is normalised by itself, or all axes of a sample at once.',
      default: 'last',
      options: [
        { value: 'last', label: 'The last axis' },
        { value: 'all', label: 'All axes' },
      ],
    },
    epsilon: epsilonParameter,
    affine: affineParameter,
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: ([input = []], { over, affine }) => {
    const shape = normalizedShape(input, over);
    return affine
      ? [
          { name: 'weight', shape, role: 'parameter', initializer: { kind: 'ones' } },
          { name: 'bias', shape, role: 'parameter', initializer: { kind: 'zeros' } },
        ]
      : [];
  },
  forward: ({ weights }, inputs, { over, epsilon, affine }) => {
    const input = inputOf(inputs);
    const rank = input.shape.length;
    const axes = over === 'last' ? [rank - 1] : Array.from({ length: rank - 1 }, (_, axis) => axis + 1);
    const { variance, centred } = moments(input, axes);
    const normalized = divide(centred, expand(sqrt(add(variance, epsilon)), input.shape, axes));
    return { output: affine ? add(multiply(normalized, weightOf(weights, 'weight')), weightOf(weights, 'bias')) : normalized };
  },
  onnx: ({ inputs, output, weights, outputShape }, { over, epsilon, affine }) => {
    const axis = over === 'last' ? -1 : -outputShape.length;
    const normalize = (scale: string, shift: readonly string[]) =>
      ({
        operator: 'LayerNormalization',
        inputs: [...inputs, scale, ...shift],
        outputs: [output],
        attributes: { axis, epsilon: { float: epsilon } },
      }) as const;
    if (affine) return [normalize(weightOf(weights, 'weight'), [weightOf(weights, 'bias')])];
    // The operator demands a scale: ones of the normalised shape.
    return [
      {
        operator: 'Constant',
        inputs: [],
        outputs: [`${output}/shape`],
        attributes: { value_ints: normalizedShape(outputShape, over) },
      },
      { operator: 'Constant', inputs: [], outputs: [`${output}/one`], attributes: { value_float: { float: 1 } } },
      { operator: 'Expand', inputs: [`${output}/one`, `${output}/shape`], outputs: [`${output}/ones`], attributes: {} },
      normalize(`${output}/ones`, []),
    ];
  },
  keras: (context, { over, epsilon, affine }) => {
    const { add, inputs, weight, outputShape } = context;
    const input = inputOf(inputs);
    const rank = outputShape.length;
    const axis = over === 'all' ? outputShape.map((_, place) => place + 1) : [kerasAxis(rank, -1)];
    const laidOut = (name: string) => (over === 'all' ? arranged(weight(name), kerasOrder(rank)) : weight(name));
    const weights = affine ? { gamma: laidOut('weight'), beta: laidOut('bias') } : undefined;
    return add('LayerNormalization', input, input.shape, { axis, epsilon, center: affine, scale: affine }, weights);
  },
  pytorch: ([input = []], { over, epsilon, affine }) => ({
    module: `nn.LayerNorm([${normalizedShape(input, over).join(', ')}]${epsilon === 1e-5 ? '' : `, eps=${String(epsilon)}`}${affine ? '' : ', elementwise_affine=False'})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: { over: 'last', epsilon: 1e-5, affine: true } },
    { name: 'rows of an image', inputShapes: [[2, 3, 4]], parameters: { over: 'last', epsilon: 1e-3, affine: true } },
    { name: 'an image', inputShapes: [[2, 3, 2]], parameters: { over: 'all', epsilon: 1e-5, affine: true } },
    { name: 'without scale', inputShapes: [[2, 3, 2]], parameters: { over: 'all', epsilon: 1e-2, affine: false } },
  ],
});
