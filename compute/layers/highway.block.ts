/** A highway layer (Srivastava, Greff, Schmidhuber, 2015): y = T(x) ⊙ H(x) + (1 − T(x)) ⊙ x. */
import { BEFORE_BLOCK, type BlockDefinition } from './block';

export const block: BlockDefinition = {
  kind: 'highway-gate',
  label: 'Highway gate',
  group: 'core',
  help: 'A learned gate decides for each feature how much is transformed and how much passes unchanged. At first nearly all passes, so that many can follow each other.',
  layers: (input) => {
    const units = input?.at(-1) ?? 64;
    return [
      { name: 'transform', kind: 'dense', parameters: { units, initializer: 'he-normal' }, inputs: [BEFORE_BLOCK] },
      { name: 'relu', kind: 'relu', parameters: {}, inputs: ['transform'] },
      { name: 'scores', kind: 'dense', parameters: { units }, inputs: [BEFORE_BLOCK] },
      // −2 is where the paper's gates start: about an eighth is transformed.
      { name: 'gate', kind: 'expression', parameters: { formula: 'sigmoid(x - 2)' }, inputs: ['scores'] },
      { name: 'mix', kind: 'expression', parameters: { formula: 'x * y + (1 - x) * z' }, inputs: ['gate', 'relu', BEFORE_BLOCK] },
    ];
  },
  samples: [[5], [3, 4]],
};
