/** A crop of the size of the picture out of the padded picture, as CIFAR is trained on (He et al.: Deep residual learning; CVPR 2016). */
import { defineAugmentation } from './augmentation';
import { outsideParameter, wholeNumber } from './draws';
import { warpLine } from './pytorch';

export const augmentation = defineAugmentation({
  kind: 'padded-crop',
  label: 'Padded crop',
  help: 'Pads each picture on all four sides and cuts a part of its old size out at a random place.',
  parameters: {
    padding: { type: 'integer', label: 'Padding', unit: 'px', help: 'On each side.', default: 4, minimum: 0, maximum: 1024 },
    outside: outsideParameter,
  },
  needs: 'image',
  effect: {
    type: 'geometry',
    outside: ({ outside }) => outside,
    whole: true,
    map: (context, { padding }) => [1, 0, wholeNumber(context, padding), 0, 1, wholeNumber(context, padding)],
  },
  pytorch: ({ padding, outside }) => [
    'u, v = uniform(len(x)), uniform(len(x))',
    warpLine(['1', '0', `whole_number(u, ${String(padding)})`, '0', '1', `whole_number(v, ${String(padding)})`], outside),
  ],
});
