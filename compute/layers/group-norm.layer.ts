/** Group normalisation (Wu, He, 2018), as PyTorch's GroupNorm: channels in groups, each sample by itself. */
import { failure, success } from '../graph/problem';
import { formatShape, sizeOf } from '../graph/tensor';
import { add } from '../ops/add.op';
import { divide } from '../ops/divide.op';
import { moments } from '../ops/moments';
import { multiply } from '../ops/multiply.op';
import { reshape } from '../ops/reshape.op';
import { sqrt } from '../ops/sqrt.op';
import { expand } from '../ops/sum.op';
import { inputOf, weightOf } from './arguments';
import { onnxIntegers, oneInput } from './elementwise-layer';
import { asHebbHolds, asKerasHolds, kerasAffine, kerasReshaped } from './keras-parts';
import { defineLayer, type OnnxNode } from './layer';
import { affineParameter, epsilonParameter } from './normalization';

const label = 'Group norm';

export const layer = defineLayer({
  kind: 'group-norm',
  version: 1,
  label,
  group: 'normalization',
  help: 'Gives each group of channels of each sample mean 0 and variance 1, then a learned scale and shift. Unlike batch norm it works with small batches.',
  formula: 'y = (x − μ) / √(σ² + ε) · γ + β, with μ and σ² over each group of channels of each sample',
  parameters: {
    groups: {
      type: 'integer',
      label: 'Groups',
      help: 'Into how many groups the channels are split; it must divide them. As many groups as channels is instance normalisation.',
      default: 1,
      minimum: 1,
      maximum: 65_536,
    },
    epsilon: epsilonParameter,
    affine: affineParameter,
  },
  inputs: oneInput,
  shape: ([input = []], { groups }) => {
    const [channels = 0] = input;
    if (input.length !== 1 && input.length !== 3) return failure('network.channels-expected', { layer: label, actual: formatShape(input) });
    if (channels % groups !== 0) return failure('network.groups-input', { layer: label, channels, groups }, { parameter: 'groups' });
    return success(input);
  },
  weights: ([input = []], { affine }) => {
    const shape = [input[0] ?? 1];
    return affine
      ? [
          { name: 'weight', shape, role: 'parameter', initializer: { kind: 'ones' } },
          { name: 'bias', shape, role: 'parameter', initializer: { kind: 'zeros' } },
        ]
      : [];
  },
  forward: ({ weights }, inputs, { groups, epsilon, affine }) => {
    const input = inputOf(inputs);
    const [batch = 1, channels = 1, ...rest] = input.shape;
    const grouped = reshape(input, [batch, groups, (channels / groups) * sizeOf(rest)]);
    const { variance, centred } = moments(grouped, [2]);
    const normalized = reshape(divide(centred, expand(sqrt(add(variance, epsilon)), grouped.shape, [2])), input.shape);
    const perChannel = (name: string) => reshape(weightOf(weights, name), [channels, ...rest.map(() => 1)]);
    return { output: affine ? add(multiply(normalized, perChannel('weight')), perChannel('bias')) : normalized };
  },
  // As an instance normalisation of the groups, each laid out as one channel.
  onnx: ({ inputs: [input = ''], output, weights, outputShape }, { groups, epsilon, affine }) => {
    const name = (part: string) => `${output}/${part}`;
    const fill = (part: string, value: number): readonly OnnxNode[] => [
      { operator: 'Constant', inputs: [], outputs: [name(`${part}/value`)], attributes: { value_float: { float: value } } },
      { operator: 'Expand', inputs: [name(`${part}/value`), name('count')], outputs: [name(part)], attributes: {} },
    ];
    const perChannel = (weight: string): OnnxNode => ({
      operator: 'Reshape',
      inputs: [weightOf(weights, weight), name('channels')],
      outputs: [name(weight)],
      attributes: {},
    });
    const normalized = affine ? name('normalized') : output;
    return [
      onnxIntegers(name('grouped/shape'), [0, groups, -1]),
      onnxIntegers(name('count'), [groups]),
      ...fill('ones', 1),
      ...fill('zeros', 0),
      { operator: 'Reshape', inputs: [input, name('grouped/shape')], outputs: [name('grouped')], attributes: {} },
      {
        operator: 'InstanceNormalization',
        inputs: [name('grouped'), name('ones'), name('zeros')],
        outputs: [name('even')],
        attributes: { epsilon: { float: epsilon } },
      },
      onnxIntegers(name('shape'), [-1, ...outputShape]),
      { operator: 'Reshape', inputs: [name('even'), name('shape')], outputs: [normalized], attributes: {} },
      ...(affine
        ? [
            onnxIntegers(name('channels'), [-1, ...outputShape.slice(1).map(() => 1)]),
            perChannel('weight'),
            perChannel('bias'),
            { operator: 'Mul', inputs: [normalized, name('weight')], outputs: [name('scaled')], attributes: {} },
            { operator: 'Add', inputs: [name('scaled'), name('bias')], outputs: [output], attributes: {} },
          ]
        : []),
    ];
  },
  keras: (context, { groups, epsilon, affine }) => {
    const [channels = 1, ...rest] = context.outputShape;
    const input = asHebbHolds(context, inputOf(context.inputs));
    const grouped = kerasReshaped(context, input, [groups, (channels / groups) * sizeOf(rest)]);
    const even = context.add('LayerNormalization', grouped, grouped.shape, { axis: [2], epsilon, center: false, scale: false });
    const image = asKerasHolds(context, kerasReshaped(context, even, context.outputShape));
    return affine ? kerasAffine(context, image, 'last', { scale: context.weight('weight'), shift: context.weight('bias') }) : image;
  },
  pytorch: ([input = []], { groups, epsilon, affine }) => ({
    module: `nn.GroupNorm(${String(groups)}, ${String(input[0])}${epsilon === 1e-5 ? '' : `, eps=${String(epsilon)}`}${affine ? '' : ', affine=False'})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'two groups', inputShapes: [[4, 2, 3]], parameters: { groups: 2, epsilon: 1e-5, affine: true } },
    { name: 'one group of features', inputShapes: [[6]], parameters: { groups: 1, epsilon: 1e-3, affine: true } },
    { name: 'each channel by itself, without scale', inputShapes: [[3, 2, 4]], parameters: { groups: 3, epsilon: 1e-5, affine: false } },
  ],
});
