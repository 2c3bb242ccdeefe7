/** Turns pictures upside down, mirrored. */
import { defineAugmentation } from './augmentation';
import { flip, probabilityParameter } from './draws';
import { warpLine } from './pytorch';

export const augmentation = defineAugmentation({
  kind: 'vertical-reflection',
  label: 'Vertical reflection',
  help: 'Turns pictures upside down, mirrored, each with a probability.',
  parameters: { probability: probabilityParameter },
  needs: 'image',
  effect: {
    type: 'geometry',
    outside: () => 'zeros',
    whole: true,
    map: (context, { probability }) => [1, 0, 0, 0, flip(context, probability), 0],
  },
  pytorch: ({ probability }) => [
    `flip = torch.where(uniform(len(x)) < ${String(probability)}, -1.0, 1.0).to(x.dtype)`,
    warpLine(['1', '0', '0', '0', 'flip', '0'], 'zeros'),
  ],
});
