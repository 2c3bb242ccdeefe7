/** x · Φ(x), Φ the normal distribution function (Hendrycks, Gimpel, 2016); or its approximation with tanh. */
import { add } from '../ops/add.op';
import { errorFunction } from '../ops/error-function.op';
import { multiply, square } from '../ops/multiply.op';
import { tanh } from '../ops/tanh.op';
import { inputOf } from './arguments';
import { elementwiseSamples, oneInput, onnxConstant, sameAsInput } from './elementwise-layer';
import { kerasActivation, kerasProduct, kerasRescaled } from './keras-parts';
import { defineLayer } from './layer';

const CUBIC = 0.044715;

export const layer = defineLayer({
  kind: 'gelu',
  version: 1,
  label: 'GELU',
  group: 'activation',
  help: 'Lets each value through by the share of a normal distribution that lies below it. The usual choice in transformers.',
  formula: 'y = x · (1 + erf(x / √2)) / 2; approximately y = x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2',
  parameters: {
    approximation: {
      type: 'choice',
      label: 'Approximation',
      help: 'Some published networks were trained with the approximation by tanh.',
      default: 'none',
      options: [
        { value: 'none', label: 'None' },
        { value: 'tanh', label: 'By tanh' },
      ],
    },
  },
  inputs: oneInput,
  shape: sameAsInput,
  weights: () => [],
  forward: (_context, inputs, { approximation }) => {
    const input = inputOf(inputs);
    const inner =
      approximation === 'none'
        ? errorFunction(multiply(input, Math.SQRT1_2))
        : tanh(multiply(multiply(input, add(multiply(square(input), CUBIC), 1)), Math.sqrt(2 / Math.PI)));
    return { output: multiply(multiply(input, 0.5), add(inner, 1)) };
  },
  onnx: ({ inputs, output }, { approximation }) => {
    const [input = ''] = inputs;
    const name = (part: string) => `${output}/${part}`;
    const times = (a: string, b: string, result: string) => ({ operator: 'Mul', inputs: [a, b], outputs: [result], attributes: {} });
    const plus = (a: string, b: string, result: string) => ({ operator: 'Add', inputs: [a, b], outputs: [result], attributes: {} });
    const inner =
      approximation === 'none'
        ? [
            onnxConstant(name('scale'), Math.SQRT1_2),
            times(input, name('scale'), name('scaled')),
            { operator: 'Erf', inputs: [name('scaled')], outputs: [name('inner')], attributes: {} },
          ]
        : [
            onnxConstant(name('scale'), Math.sqrt(2 / Math.PI)),
            onnxConstant(name('cubic'), CUBIC),
            times(input, input, name('square')),
            times(name('square'), name('cubic'), name('bend')),
            plus(name('bend'), name('one'), name('factor')),
            times(input, name('factor'), name('bent')),
            times(name('bent'), name('scale'), name('scaled')),
            { operator: 'Tanh', inputs: [name('scaled')], outputs: [name('inner')], attributes: {} },
          ];
    return [
      onnxConstant(name('one'), 1),
      onnxConstant(name('half'), 0.5),
      ...inner,
      plus(name('inner'), name('one'), name('share')),
      times(input, name('half'), name('halved')),
      times(name('halved'), name('share'), output),
    ];
  },
  // Keras's own has no approximation; ½ (1 + tanh u) is the sigmoid of 2u.
  keras: (context, { approximation }) => {
    const input = inputOf(context.inputs);
    if (approximation === 'none') return kerasActivation(context, input, 'gelu');
    const bend = kerasRescaled(context, kerasProduct(context, [input, input]), CUBIC, 1);
    const inner = kerasRescaled(context, kerasProduct(context, [input, bend]), 2 * Math.sqrt(2 / Math.PI));
    return kerasProduct(context, [input, kerasActivation(context, inner, 'sigmoid')]);
  },
  pytorch: (_inputs, { approximation }) => ({
    call: (_self, inputs) => `F.gelu(${inputs.join(', ')}${approximation === 'none' ? '' : `, approximate='${approximation}'`})`,
  }),
  samples: elementwiseSamples({ approximation: 'none' }, { approximation: 'tanh' }),
});
