/** The plain recurrent layer (Elman, 1990), as PyTorch's RNN of one layer. */
import { reluRnnSequence, tanhRnnSequence } from '../ops/simple-rnn.op';
import { kerasRecurrent } from './keras-recurrent';
import { defineLayer } from './layer';
import {
  recurrentForward,
  recurrentOnnx,
  recurrentParameters,
  recurrentPytorch,
  recurrentShape,
  recurrentWeights,
} from './recurrent-layer';

const label = 'Simple RNN';

export const layer = defineLayer({
  kind: 'simple-rnn',
  version: 1,
  label,
  group: 'sequence',
  help: 'Reads a sequence step by step; what it gave at one step goes into the next. It forgets within some ten steps: LSTM and GRU remember longer.',
  formula: 'y = h, h[t] = φ(W x[t] + U h[t−1] + b)',
  parameters: {
    ...recurrentParameters,
    activation: {
      type: 'choice',
      label: 'Activation',
      help: 'φ, the function of the sum. ReLU lets gradients through undiminished, but values may grow without bound.',
      default: 'tanh',
      options: [
        { value: 'tanh', label: 'Tanh' },
        { value: 'relu', label: 'ReLU' },
      ],
    },
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, parameters) => recurrentShape(label, inputs, parameters),
  weights: (inputs, parameters) => recurrentWeights(1, inputs, parameters),
  forward: ({ weights }, inputs, parameters) => ({
    output: recurrentForward(parameters.activation === 'relu' ? reluRnnSequence : tanhRnnSequence, weights, inputs, parameters),
  }),
  onnx: (context, parameters) => {
    const name = parameters.activation === 'relu' ? 'Relu' : 'Tanh';
    return recurrentOnnx('RNN', [0], { activations: { strings: parameters.bidirectional ? [name, name] : [name] } }, context, parameters);
  },
  keras: (context, parameters) => kerasRecurrent(context, 'SimpleRNN', [0], parameters, parameters.activation),
  pytorch: (inputs, parameters) => recurrentPytorch('nn.RNN', inputs, parameters, `, nonlinearity='${parameters.activation}'`),
  samples: [
    { name: 'a sequence', inputShapes: [[4, 3]], parameters: { units: 2, output: 'sequence', bidirectional: false, activation: 'tanh' } },
    {
      name: 'the last step, ReLU',
      inputShapes: [[3, 2]],
      parameters: { units: 3, output: 'last', bidirectional: false, activation: 'relu' },
    },
    {
      name: 'both directions, ReLU',
      inputShapes: [[3, 2]],
      parameters: { units: 2, output: 'sequence', bidirectional: true, activation: 'relu' },
    },
    {
      name: 'the last step, both directions',
      inputShapes: [[3, 2]],
      parameters: { units: 2, output: 'last', bidirectional: true, activation: 'tanh' },
    },
  ],
});
