/** x where positive, a · x elsewhere, with a learned (He et al., 2015): one for each channel, or one for all. */
import { greater } from '../ops/greater.op';
import { multiply } from '../ops/multiply.op';
import { reshape } from '../ops/reshape.op';
import { select } from '../ops/select.op';
import { inputOf, weightOf } from './arguments';
import { oneInput, onnxIntegers, sameAsInput } from './elementwise-layer';
import { kerasAxis, shaped } from './keras';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'parametric-relu',
  version: 1,
  label: 'Parametric ReLU',
  group: 'activation',
  help: 'A leaky ReLU that learns its own slope for negative values.',
  formula: 'y = x where x > 0, else a · x, with a learned',
  parameters: {
    shared: { type: 'boolean', label: 'One slope for all', help: 'Otherwise each channel learns its own.', default: false },
    slope: { type: 'number', label: 'Initial slope', help: 'From where training starts.', default: 0.25, minimum: -1, maximum: 1 },
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: ([input = []], { shared, slope }) => {
    const count = shared ? 1 : (input[0] ?? 1);
    return [{ name: 'weight', shape: [count], role: 'parameter', initializer: { kind: 'fixed', valueAt: () => slope } }];
  },
  forward: ({ weights }, inputs) => {
    const input = inputOf(inputs);
    const weight = weightOf(weights, 'weight');
    const slopes = reshape(weight, [weight.shape[0] ?? 1, ...input.shape.slice(2).map(() => 1)]);
    return { output: select(greater(input, 0), input, multiply(input, slopes)) };
  },
  onnx: ({ inputs: [input = ''], output, outputShape, weights }) => {
    const rest = outputShape.slice(1).map(() => 1);
    const weight = weightOf(weights, 'weight');
    if (rest.length === 0) return [{ operator: 'PRelu', inputs: [input, weight], outputs: [output], attributes: {} }];
    return [
      onnxIntegers(`${output}/shape`, [-1, ...rest]),
      { operator: 'Reshape', inputs: [weight, `${output}/shape`], outputs: [`${output}/slopes`], attributes: {} },
      { operator: 'PRelu', inputs: [input, `${output}/slopes`], outputs: [output], attributes: {} },
    ];
  },
  // A slope for each entry of the first axis of Hebb, or one for all.
  keras: ({ add, weight, inputs, outputShape }, { shared }) => {
    const input = inputOf(inputs);
    const rank = outputShape.length;
    const shape = input.shape.map((size, axis) => (!shared && axis + 1 === kerasAxis(rank, 0) ? size : 1));
    const axes = input.shape.flatMap((_, axis) => (!shared && axis + 1 === kerasAxis(rank, 0) ? [] : [axis + 1]));
    return add('PReLU', input, input.shape, { shared_axes: axes.length === 0 ? null : axes }, { alpha: shaped(weight('weight'), shape) });
  },
  pytorch: ([input = []], { shared, slope }) => ({
    module: `nn.PReLU(${String(shared ? 1 : (input[0] ?? 1))}, init=${String(slope)})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'features', inputShapes: [[5]], parameters: { shared: false, slope: 0.25 } },
    { name: 'channels of an image', inputShapes: [[3, 2, 2]], parameters: { shared: false, slope: 0.1 } },
    { name: 'one for all', inputShapes: [[3, 2, 2]], parameters: { shared: true, slope: 0.25 } },
  ],
});
