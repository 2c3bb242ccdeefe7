/** Every unit sees every input: y = x·Wᵀ + b, with W of [units, inputs] as in PyTorch's Linear. */
import { failure, success } from '../graph/problem';
import { formatShape } from '../graph/tensor';
import { add } from '../ops/add.op';
import { matrixProduct } from '../ops/matrix-product.op';
import { biasInitializer, initializerParameter, weightInitializer } from './initializer-choice';
import { defineLayer } from './layer';
import { inputOf, weightOf } from './arguments';

export const layer = defineLayer({
  kind: 'dense',
  version: 1,
  label: 'Dense',
  group: 'core',
  help: 'Each unit is a weighted sum of all inputs plus a bias. The last one usually has a unit for each class.',
  formula: 'y = W·x + b',
  parameters: {
    units: { type: 'integer', label: 'Units', help: 'How many outputs.', default: 64, minimum: 1, maximum: 65_536 },
    bias: { type: 'boolean', label: 'Bias', help: 'A learned number added to each unit.', default: true },
    initializer: initializerParameter,
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []], { units }) =>
    input.length === 1 ? success([units]) : failure('network.flat-expected', { layer: 'Dense', actual: formatShape(input) }),
  weights: ([input = []], { units, bias, initializer }) => {
    const [features = 1] = input;
    return [
      { name: 'weight', shape: [units, features], role: 'parameter', initializer: weightInitializer(initializer, features, units) },
      ...(bias ? [{ name: 'bias', shape: [units], role: 'parameter', initializer: biasInitializer(initializer, features) } as const] : []),
    ];
  },
  forward: ({ weights }, inputs, { bias }) => {
    const product = matrixProduct(inputOf(inputs), weightOf(weights, 'weight'), { transposeB: true });
    return { output: bias ? add(product, weightOf(weights, 'bias')) : product };
  },
  onnx: ({ inputs, output, weights }, { bias }) => [
    {
      operator: 'Gemm',
      inputs: [...inputs, weightOf(weights, 'weight'), ...(bias ? [weightOf(weights, 'bias')] : [])],
      outputs: [output],
      attributes: { transB: 1 },
    },
  ],
  pytorch: ([input = []], { units, bias }) => ({
    module: `nn.Linear(${String(input[0])}, ${String(units)}, bias=${bias ? 'True' : 'False'})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'with bias', inputShapes: [[5]], parameters: { units: 3, bias: true, initializer: 'uniform' } },
    { name: 'without bias', inputShapes: [[4]], parameters: { units: 7, bias: false, initializer: 'he-normal' } },
    { name: 'one to one', inputShapes: [[1]], parameters: { units: 1, bias: true, initializer: 'xavier-uniform' }, batch: 1 },
  ],
});
