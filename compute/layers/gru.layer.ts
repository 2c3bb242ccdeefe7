/** Gated recurrent units (Cho et al., 2014), as PyTorch's GRU of one layer. */
import { gruSequence } from '../ops/gru.op';
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

const label = 'GRU';

export const layer = defineLayer({
  kind: 'gru',
  version: 1,
  label,
  group: 'sequence',
  help: 'Reads a sequence step by step, like an LSTM with fewer gates: one decides what is kept, one what is forgotten for the next value.',
  formula: 'y = h, h[t] = (1 − z) ⊙ n + z ⊙ h[t−1]; r, z = σ(W x[t] + U h[t−1] + b), n = tanh(W x[t] + b + r ⊙ (U h[t−1] + b))',
  parameters: recurrentParameters,
  inputs: { minimum: 1, maximum: 1 },
  shape: (inputs, parameters) => recurrentShape(label, inputs, parameters),
  weights: (inputs, parameters) => recurrentWeights(3, inputs, parameters),
  forward: ({ weights }, inputs, parameters) => ({ output: recurrentForward(gruSequence, weights, inputs, parameters) }),
  // ONNX's gates are z r n.
  onnx: (context, parameters) => recurrentOnnx('GRU', [1, 0, 2], { linear_before_reset: 1 }, context, parameters),
  // PyTorch's gates are r z n, those of Keras z r n.
  keras: (context, parameters) => kerasRecurrent(context, 'GRU', [1, 0, 2], parameters),
  pytorch: (inputs, parameters) => recurrentPytorch('nn.GRU', inputs, parameters),
  samples: [
    { name: 'a sequence', inputShapes: [[4, 3]], parameters: { units: 2, output: 'sequence', bidirectional: false } },
    { name: 'the last step', inputShapes: [[3, 2]], parameters: { units: 3, output: 'last', bidirectional: false } },
    { name: 'a sequence, both directions', inputShapes: [[3, 2]], parameters: { units: 2, output: 'sequence', bidirectional: true } },
    { name: 'the last step, both directions', inputShapes: [[3, 2]], parameters: { units: 2, output: 'last', bidirectional: true } },
  ],
});
