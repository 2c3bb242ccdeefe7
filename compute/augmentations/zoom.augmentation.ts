/** Shows each picture larger or smaller. */
import { defineAugmentation } from './augmentation';
import { exp } from '../ops/exp.op';
import { outsideParameter, symmetric } from './draws';
import { warpLine } from './pytorch';

export const augmentation = defineAugmentation({
  kind: 'zoom',
  label: 'Zoom',
  help: 'Shows each picture larger or smaller about its centre, by a random factor.',
  parameters: {
    factor: { type: 'number', label: 'Factor', help: 'At most; as likely, as many times smaller.', default: 1.2, minimum: 1, maximum: 10 },
    outside: outsideParameter,
  },
  needs: 'image',
  effect: {
    type: 'geometry',
    outside: ({ outside }) => outside,
    whole: false,
    map: (context, { factor }) => {
      const size = exp(symmetric(context, Math.log(factor)));
      return [size, 0, 0, 0, size, 0];
    },
  },
  pytorch: ({ factor, outside }) => [
    `size = torch.exp((2 * uniform(len(x)) - 1) * ${String(Math.log(factor))})`,
    warpLine(['size', '0', '0', '0', 'size', '0'], outside),
  ],
});
