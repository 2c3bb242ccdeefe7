/** The product of its inputs, element by element. */
import { failure, success } from '../graph/problem';
import { formatShape, sameShape } from '../graph/tensor';
import { multiply } from '../ops/multiply.op';
import { kerasProduct } from './keras-parts';
import { defineLayer, type OnnxNode } from './layer';

const label = 'Multiply';

export const layer = defineLayer({
  kind: 'multiply',
  version: 1,
  label,
  group: 'merge',
  help: 'Multiplies its inputs element by element. With a sigmoid before one of them it is a gate.',
  formula: 'y = x₁ · x₂ · …',
  parameters: {},
  inputs: { minimum: 2, maximum: Infinity },
  shape: (inputs) => {
    const [first = []] = inputs;
    const other = inputs.findIndex((shape) => !sameShape(shape, first));
    return other < 0
      ? success(first)
      : failure('network.add-shapes', {
          layer: label,
          first: formatShape(first),
          actual: formatShape(inputs[other] ?? []),
          position: other + 1,
        });
  },
  weights: () => [],
  forward: (_context, inputs) => ({ output: inputs.reduce((product, input) => multiply(product, input)) }),
  // ONNX multiplies two at a time.
  onnx: ({ inputs: [first = '', ...others], output }) =>
    others.map((input, position): OnnxNode => {
      const product = (count: number) => (count === others.length ? output : count === 0 ? first : `${output}/${String(count)}`);
      return { operator: 'Mul', inputs: [product(position), input], outputs: [product(position + 1)], attributes: {} };
    }),
  keras: (context) => kerasProduct(context, context.inputs),
  pytorch: () => ({ call: (_self, inputs) => inputs.join(' * ') }),
  samples: [
    {
      name: 'two images',
      inputShapes: [
        [2, 3, 2],
        [2, 3, 2],
      ],
      parameters: {},
    },
    { name: 'three rows', inputShapes: [[4], [4], [4]], parameters: {} },
  ],
});
