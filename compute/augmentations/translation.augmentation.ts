/** Moves each picture by whole pixels to a side, up or down. */
import { defineAugmentation } from './augmentation';
import { outsideParameter, wholeNumber } from './draws';
import { warpLine } from './pytorch';

export const augmentation = defineAugmentation({
  kind: 'translation',
  label: 'Translation',
  help: 'Moves each picture by a random number of whole pixels, every number up to the greatest alike.',
  parameters: {
    horizontal: {
      type: 'integer',
      label: 'Horizontal',
      unit: 'px',
      help: 'At most, to the left or the right.',
      default: 2,
      minimum: 0,
      maximum: 1024,
    },
    vertical: { type: 'integer', label: 'Vertical', unit: 'px', help: 'At most, up or down.', default: 2, minimum: 0, maximum: 1024 },
    outside: outsideParameter,
  },
  needs: 'image',
  effect: {
    type: 'geometry',
    outside: ({ outside }) => outside,
    whole: true,
    map: (context, { horizontal, vertical }) => [1, 0, wholeNumber(context, horizontal), 0, 1, wholeNumber(context, vertical)],
  },
  pytorch: ({ horizontal, vertical, outside }) => [
    'u, v = uniform(len(x)), uniform(len(x))',
    warpLine(['1', '0', `whole_number(u, ${String(horizontal)})`, '0', '1', `whole_number(v, ${String(vertical)})`], outside),
  ],
});
