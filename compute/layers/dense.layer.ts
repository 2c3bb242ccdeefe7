/** Every unit sees every input: y = x·Wᵀ + b, with W of [units, inputs] as in PyTorch's Linear; of a sequence, each step by itself. */
import { failure, success } from '../graph/problem';
import { formatShape, sizeOf } from '../graph/tensor';
import { add } from '../ops/add.op';
import { matrixProduct } from '../ops/matrix-product.op';
import { reshape } from '../ops/reshape.op';
import { biasInitializer, initializerParameter, weightInitializer } from './initializer-choice';
import { turned } from './keras';
import { kerasOutput } from './keras-parts';
import { defineLayer } from './layer';
import { inputOf, weightOf } from './arguments';

export const layer = defineLayer({
  kind: 'dense',
  version: 1,
  label: 'Dense',
  group: 'core',
  help: 'Each unit is a weighted sum of all inputs plus a bias. The last one usually has a unit for each class. Of a sequence it takes each step by itself.',
  formula: 'y = W·x + b',
  parameters: {
    units: { type: 'integer', label: 'Units', help: 'How many outputs.', default: 64, minimum: 1, maximum: 65_536 },
    bias: { type: 'boolean', label: 'Bias', help: 'A learned number added to each unit.', default: true },
    initializer: initializerParameter,
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []], { units }) =>
    input.length === 1 || input.length === 2
      ? success([...input.slice(0, -1), units])
      : failure('network.flat-expected', { layer: 'Dense', actual: formatShape(input) }),
  weights: ([input = []], { units, bias, initializer }) => {
    const features = input.at(-1) ?? 1;
    return [
      { name: 'weight', shape: [units, features], role: 'parameter', initializer: weightInitializer(initializer, features, units) },
      ...(bias ? [{ name: 'bias', shape: [units], role: 'parameter', initializer: biasInitializer(initializer, features) } as const] : []),
    ];
  },
  forward: ({ weights }, inputs, { units, bias }) => {
    const input = inputOf(inputs);
    const axes = input.shape.slice(0, -1);
    const rows = reshape(input, [sizeOf(axes), -1]);
    const product = matrixProduct(rows, weightOf(weights, 'weight'), { transposeB: true });
    return { output: reshape(bias ? add(product, weightOf(weights, 'bias')) : product, [...axes, units]) };
  },
  onnx: ({ inputs, output, weights, inputShapes }, { bias }) => {
    if (inputShapes[0]?.length === 2) {
      const turned = {
        operator: 'Transpose',
        inputs: [weightOf(weights, 'weight')],
        outputs: [`${output}/weight`],
        attributes: { perm: [1, 0] },
      };
      const product = bias ? `${output}/product` : output;
      const sum = { operator: 'Add', inputs: [product, ...(bias ? [weightOf(weights, 'bias')] : [])], outputs: [output], attributes: {} };
      return [
        turned,
        { operator: 'MatMul', inputs: [...inputs, `${output}/weight`], outputs: [product], attributes: {} },
        ...(bias ? [sum] : []),
      ];
    }
    return [
      {
        operator: 'Gemm',
        inputs: [...inputs, weightOf(weights, 'weight'), ...(bias ? [weightOf(weights, 'bias')] : [])],
        outputs: [output],
        attributes: { transB: 1 },
      },
    ];
  },
  keras: (context, { units, bias }) => {
    const weights = { kernel: turned(context.weight('weight')), ...(bias ? { bias: context.weight('bias') } : {}) };
    return context.add('Dense', inputOf(context.inputs), kerasOutput(context), { units, use_bias: bias }, weights);
  },
  pytorch: ([input = []], { units, bias }) => ({
    module: `nn.Linear(${String(input.at(-1))}, ${String(units)}${bias ? '' : ', bias=False'})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'with bias', inputShapes: [[5]], parameters: { units: 3, bias: true, initializer: 'uniform' } },
    { name: 'without bias', inputShapes: [[4]], parameters: { units: 7, bias: false, initializer: 'he-normal' } },
    { name: 'a sequence', inputShapes: [[3, 4]], parameters: { units: 5, bias: true, initializer: 'uniform' } },
    { name: 'a sequence without bias', inputShapes: [[2, 3]], parameters: { units: 2, bias: false, initializer: 'uniform' } },
    { name: 'one to one', inputShapes: [[1]], parameters: { units: 1, bias: true, initializer: 'xavier-uniform' }, batch: 1 },
  ],
});
