/**
 * Changes the colour of the light: all pixels of a picture move along the principal components of the colours of the training
 * split (Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks; NIPS 2012, section 4.1).
 * The paper multiplies by the component's eigenvalue, a square of intensities; here it is the eigenvalue's root, so that the
 * strength means the same in whatever units pixels are kept.
 */
import { defineAugmentation } from './augmentation';
import { add } from '../ops/add.op';
import { broadcastTo } from '../ops/elementwise';
import { multiply } from '../ops/multiply.op';
import { normalOf } from '../ops/random-normal';
import { reshape } from '../ops/reshape.op';
import { sum } from '../ops/sum.op';

export const augmentation = defineAugmentation({
  kind: 'colour-shift',
  label: 'Colour shift',
  help: 'Shifts the colours of each picture as one, as another light would: along the directions in which the colours of the training samples differ most.',
  parameters: {
    strength: {
      type: 'number',
      label: 'Strength',
      help: 'Standard deviation of the shift, as a part of how far the colours differ themselves.',
      default: 0.1,
      minimum: 0,
      maximum: 10,
    },
  },
  needs: 'colours',
  effect: {
    type: 'values',
    apply: (samples, { batch, uniform, colours }, { strength }) => {
      if (colours === null) throw new TypeError('the colours of the training split are missing');
      const drawn = multiply(normalOf(uniform([batch, 3]), uniform([batch, 3])), strength);
      const all = [batch, 3, 3];
      const shift = sum(multiply(broadcastTo(reshape(drawn, [batch, 1, 3]), all), broadcastTo(colours, all)), [2]);
      return add(samples, broadcastTo(reshape(shift, [batch, 3, 1, 1]), samples.shape));
    },
  },
  pytorch: ({ strength }) => [
    `shift = normal(uniform(len(x), 3), uniform(len(x), 3)) * ${String(strength)}`,
    'x = x + (shift @ colours.T)[:, :, None, None]',
  ],
});
