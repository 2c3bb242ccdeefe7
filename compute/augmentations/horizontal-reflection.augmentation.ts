/** Mirrors pictures left to right. */
import { defineAugmentation } from './augmentation';
import { flip, probabilityParameter } from './draws';
import { warpLine } from './pytorch';

export const augmentation = defineAugmentation({
  kind: 'horizontal-reflection',
  label: 'Horizontal reflection',
  help: 'Mirrors pictures left to right, each with a probability.',
  parameters: { probability: probabilityParameter },
  needs: 'image',
  effect: {
    type: 'geometry',
    outside: () => 'zeros',
    whole: true,
    map: (context, { probability }) => [flip(context, probability), 0, 0, 0, 1, 0],
  },
  pytorch: ({ probability }) => [
    `flip = torch.where(uniform(len(x)) < ${String(probability)}, -1.0, 1.0).to(x.dtype)`,
    warpLine(['flip', '0', '0', '0', '1', '0'], 'zeros'),
  ],
});
