/** Long short-term memory (Hochreiter and Schmidhuber, 1997), as PyTorch's LSTM of one layer. */
import { lstmSequence } from '../ops/lstm.op';
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

const label = 'LSTM';

export const layer = defineLayer({
  kind: 'lstm',
  version: 1,
  label,
  group: 'sequence',
  help: 'Reads a sequence step by step. Gates decide what its memory takes in, keeps and shows, so that it remembers over long distances.',
  formula: 'y = h, h[t] = o ⊙ tanh c[t], c[t] = f ⊙ c[t−1] + i ⊙ g; i, f, o = σ(W x[t] + U h[t−1] + b), g = tanh(W x[t] + U h[t−1] + b)',
  parameters: recurrentParameters,
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, parameters) => recurrentShape(label, inputs, parameters),
  weights: (inputs, parameters) => recurrentWeights(4, inputs, parameters),
  forward: ({ weights }, inputs, parameters) => ({ output: recurrentForward(lstmSequence, weights, inputs, parameters) }),
  // ONNX's gates are i o f g.
  onnx: (context, parameters) => recurrentOnnx('LSTM', [0, 3, 1, 2], {}, context, parameters),
  keras: (context, parameters) => kerasRecurrent(context, 'LSTM', [0, 1, 2, 3], parameters),
  pytorch: (inputs, parameters) => recurrentPytorch('nn.LSTM', inputs, parameters),
  samples: [
    { name: 'a sequence', inputShapes: [[4, 3]], parameters: { units: 2, output: 'sequence', bidirectional: false } },
    { name: 'the last step', inputShapes: [[3, 2]], parameters: { units: 3, output: 'last', bidirectional: false } },
    { name: 'a sequence, both directions', inputShapes: [[3, 2]], parameters: { units: 2, output: 'sequence', bidirectional: true } },
    { name: 'the last step, both directions', inputShapes: [[3, 2]], parameters: { units: 2, output: 'last', bidirectional: true } },
    { name: 'one step', inputShapes: [[1, 3]], parameters: { units: 2, output: 'last', bidirectional: false }, batch: 1 },
  ],
});
