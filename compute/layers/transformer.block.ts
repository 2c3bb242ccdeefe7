/** Attention and two dense layers, each normalised before and added to what came in: the block of GPT-2 (Radford et al., 2019). */
import { BEFORE_BLOCK, type BlockDefinition } from './block';

/** As many heads as divide the features evenly, up to four. */
const headsFor = (features: number): number => (features % 4 === 0 ? 4 : features % 2 === 0 ? 2 : 1);

export const block: BlockDefinition = {
  kind: 'transformer-block',
  label: 'Transformer block',
  group: 'attention',
  help: 'Each step of a sequence looks at the others, then thinks for itself. Several of them in a row, behind a positional encoding, are a transformer.',
  layers: (input) => {
    const features = input?.[1] ?? 64;
    return [
      { name: 'norm1', kind: 'layer-norm', parameters: {}, inputs: [BEFORE_BLOCK] },
      { name: 'attention', kind: 'multi-head-attention', parameters: { heads: headsFor(features) }, inputs: ['norm1'] },
      { name: 'sum1', kind: 'add', parameters: {}, inputs: ['attention', BEFORE_BLOCK] },
      { name: 'norm2', kind: 'layer-norm', parameters: {}, inputs: ['sum1'] },
      { name: 'wide', kind: 'dense', parameters: { units: 4 * features }, inputs: ['norm2'] },
      { name: 'gelu', kind: 'gelu', parameters: {}, inputs: ['wide'] },
      { name: 'narrow', kind: 'dense', parameters: { units: features }, inputs: ['gelu'] },
      { name: 'sum2', kind: 'add', parameters: {}, inputs: ['narrow', 'sum1'] },
    ];
  },
  samples: [
    [3, 8],
    [2, 3],
  ],
};
