/** Adds normal noise to every number of a sample (Sietsma, Dow, 1991). */
import { defineAugmentation } from './augmentation';
import { add } from '../ops/add.op';
import { multiply } from '../ops/multiply.op';
import { normalOf } from '../ops/random-normal';

export const augmentation = defineAugmentation({
  kind: 'noise',
  label: 'Noise',
  help: 'Adds a random number to every number of each sample, drawn from a normal distribution.',
  parameters: {
    deviation: {
      type: 'number',
      label: 'Standard deviation',
      help: 'In units of the data; pixels go from 0 to 1.',
      default: 0.05,
      minimum: 0,
      maximum: 1e6,
    },
  },
  needs: 'numbers',
  effect: {
    type: 'values',
    apply: (samples, { uniform }, { deviation }) =>
      add(samples, multiply(normalOf(uniform(samples.shape), uniform(samples.shape)), deviation)),
  },
  pytorch: ({ deviation }) => [`x = x + normal(uniform(*x.shape), uniform(*x.shape)) * ${String(deviation)}`],
});
