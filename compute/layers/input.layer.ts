/** Where samples enter the network. */
import { success } from '../graph/problem';
import { kerasShape } from './keras';
import { defineLayer } from './layer';

export const layer = defineLayer({
  kind: 'input',
  version: 1,
  label: 'Input',
  group: 'core',
  help: 'Where the samples of the data set enter. Its shape is that of one sample: channels × height × width for images, one number for a row of features, the length for a sequence of tokens.',
  formula: 'y = the sample',
  parameters: {
    shape: {
      type: 'shape',
      label: 'Shape',
      help: 'Sizes of the axes of one sample.',
      default: [1, 28, 28],
      minimumRank: 1,
      maximumRank: 6,
    },
    content: {
      type: 'choice',
      label: 'Content',
      help: 'Numbers, such as pixels and measurements, or tokens: whole numbers that stand for characters, words or symbols. Tokens go into an Embedding.',
      default: 'numbers',
      options: [
        { value: 'numbers', label: 'Numbers' },
        { value: 'tokens', label: 'Tokens' },
      ],
    },
    vocabulary: {
      type: 'integer',
      label: 'Vocabulary',
      help: 'How many different tokens there are. Only for tokens.',
      onlyWhen: { parameter: 'content', is: 'tokens' },
      default: 128,
      minimum: 1,
      maximum: 1_000_000,
    },
  },
  inputs: { minimum: 0, maximum: 0 },
  tokens: { gives: ({ content, vocabulary }) => (content === 'tokens' ? vocabulary : null) },
  shape: (_inputs, { shape }) => success(shape),
  weights: () => [],
  // The network hands its own input to this node.
  forward: (_context, [input]) => {
    if (input === undefined) throw new TypeError('The input node was given no tensor.');
    return { output: input };
  },
  // It is the graph's own input and needs no node.
  onnx: () => [],
  keras: ({ add, outputShape }, { content }) =>
    add('InputLayer', [], kerasShape(outputShape), { dtype: content === 'tokens' ? 'int32' : 'float32' }),
  pytorch: () => ({ call: (_self, inputs) => inputs.join(', ') }),
  samples: [
    { name: 'an image', inputShapes: [], parameters: { shape: [2, 3, 4], content: 'numbers', vocabulary: 128 } },
    { name: 'features', inputShapes: [], parameters: { shape: [5], content: 'numbers', vocabulary: 128 } },
  ],
});
