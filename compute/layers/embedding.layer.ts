/** A row of learned numbers for each token, as PyTorch's Embedding. */
import { success } from '../graph/problem';
import { gather } from '../ops/gather.op';
import { reshape } from '../ops/reshape.op';
import { inputOf, weightOf } from './arguments';
import { asHebbHolds, asKerasHolds } from './keras-parts';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'embedding',
  version: 1,
  label: 'Embedding',
  group: 'sequence',
  help: 'Gives each token a row of numbers of its own, which is learned. It stands behind an Input of tokens.',
  formula: 'y = W[x]',
  parameters: {
    vocabulary: {
      type: 'integer',
      label: 'Vocabulary',
      help: 'For how many different tokens there are rows: at least the vocabulary of the Input.',
      default: 128,
      minimum: 1,
      maximum: 1_000_000,
    },
    features: { type: 'integer', label: 'Features', help: 'How many numbers stand for a token.', default: 64, minimum: 1, maximum: 65_536 },
  },
  inputs: { minimum: 1, maximum: 1 },
  tokens: { takes: ({ vocabulary }) => vocabulary },
  shape: ([input = []], { features }) => success([...input, features]),
  // √3 makes the variance 1, as that of PyTorch's normal numbers.
  weights: (_inputs, { vocabulary, features }) => [
    { name: 'weight', shape: [vocabulary, features], role: 'parameter', initializer: { kind: 'uniform', bound: Math.sqrt(3) } },
  ],
  forward: ({ weights }, inputs, { features }) => {
    const tokens = inputOf(inputs);
    const rows = gather(weightOf(weights, 'weight'), reshape(tokens, [-1]));
    return { output: reshape(rows, [...tokens.shape, features]) };
  },
  onnx: ({ inputs, output, weights }) => [
    { operator: 'Gather', inputs: [weightOf(weights, 'weight'), ...inputs], outputs: [output], attributes: { axis: 0 } },
  ],
  keras: (context, { vocabulary, features }) => {
    const config = { input_dim: vocabulary, output_dim: features };
    // Three axes are an image to the layers behind.
    const shape = [...(context.inputShapes[0] ?? []), features];
    const rows = context.add('Embedding', asHebbHolds(context, inputOf(context.inputs)), shape, config, {
      embeddings: context.weight('weight'),
    });
    return asKerasHolds(context, rows);
  },
  pytorch: (_inputs, { vocabulary, features }) => ({
    module: `nn.Embedding(${String(vocabulary)}, ${String(features)})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    {
      name: 'a sequence',
      inputShapes: [[4]],
      parameters: { vocabulary: 5, features: 3 },
      tokens: [0, 1, 4, 0, 2, 2, 1, 0, 1, 1, 0, 2],
    },
    { name: 'one token', inputShapes: [[1]], parameters: { vocabulary: 2, features: 9 }, batch: 2, tokens: [1, 0] },
  ],
});
