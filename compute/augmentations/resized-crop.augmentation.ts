/** A random part of the picture, stretched to its size (Szegedy et al.: Going deeper with convolutions; CVPR 2015). */
import { defineAugmentation, type AugmentationContext } from './augmentation';
import { add } from '../ops/add.op';
import { divide } from '../ops/divide.op';
import { exp } from '../ops/exp.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { sqrt } from '../ops/sqrt.op';
import { subtract } from '../ops/subtract.op';
import type { Tensor } from '../graph/tensor';
import { symmetric } from './draws';
import { warpLine } from './pytorch';

/** Where a part of this share of the size may begin, from the centre: f32 [batch]. */
const place = ({ uniform, batch }: AugmentationContext, share: Tensor, size: number): Tensor =>
  multiply(multiply(subtract(uniform([batch]), 0.5), subtract(1, share)), size);

export const augmentation = defineAugmentation({
  kind: 'resized-crop',
  label: 'Resized crop',
  help: 'Cuts a random part out of each picture and stretches it to the size of the whole.',
  parameters: {
    leastArea: {
      type: 'number',
      label: 'Least area',
      help: 'Of the part, as a share of the picture.',
      default: 0.5,
      minimum: 0.01,
      maximum: 1,
    },
    aspectRatio: {
      type: 'number',
      label: 'Aspect ratio',
      help: 'How much wider than high, or higher than wide, the part may be compared with the picture.',
      default: 4 / 3,
      minimum: 1,
      maximum: 10,
    },
  },
  needs: 'image',
  effect: {
    type: 'geometry',
    outside: () => 'edge',
    whole: false,
    map: (context, { leastArea, aspectRatio }) => {
      const [, rows = 1, columns = 1] = context.sampleShape;
      const area = add(multiply(context.uniform([context.batch]), 1 - leastArea), leastArea);
      const ratio = exp(symmetric(context, Math.log(aspectRatio)));
      const width = minimum(sqrt(multiply(area, ratio)), 1);
      const height = minimum(sqrt(divide(area, ratio)), 1);
      return [width, 0, place(context, width, columns), 0, height, place(context, height, rows)];
    },
  },
  pytorch: ({ leastArea, aspectRatio }) => [
    `area = uniform(len(x)) * ${String(1 - leastArea)} + ${String(leastArea)}`,
    `ratio = torch.exp((2 * uniform(len(x)) - 1) * ${String(Math.log(aspectRatio))})`,
    'width = torch.clamp(torch.sqrt(area * ratio), max=1)',
    'height = torch.clamp(torch.sqrt(area / ratio), max=1)',
    'left = (uniform(len(x)) - 0.5) * (1 - width) * x.shape[3]',
    'top = (uniform(len(x)) - 0.5) * (1 - height) * x.shape[2]',
    warpLine(['width', '0', 'left', '0', 'height', 'top'], 'edge'),
  ],
});
