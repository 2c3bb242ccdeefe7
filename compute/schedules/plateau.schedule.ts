/** The rate lowered whenever the validation loss stops falling (PyTorch's ReduceLROnPlateau with a relative threshold). */
import { defineSchedule } from './schedule';

export const schedule = defineSchedule({
  kind: 'plateau',
  label: 'On plateau',
  help: 'Multiplies the learning rate by a factor when the validation loss has not fallen for some epochs.',
  parameters: {
    factor: {
      type: 'number',
      label: 'Factor',
      help: 'What the learning rate is multiplied by.',
      default: 0.5,
      minimum: 0.0001,
      maximum: 1,
    },
    patience: {
      type: 'integer',
      label: 'Patience',
      unit: 'epochs',
      help: 'Epochs without a better loss that are put up with; one more lowers the rate.',
      default: 2,
      minimum: 0,
      maximum: 100_000,
    },
    threshold: {
      type: 'number',
      label: 'Threshold',
      help: 'A loss counts as better if it is lower than the best by more than this part of it.',
      default: 1e-4,
      minimum: 0,
      maximum: 0.99,
    },
  },
  formula: 'η = η₀ · fᵏ, k = how often the validation loss did not fall for more than `patience` epochs',
  rate: ({ learningRate, epoch, validationLosses }, { factor, patience, threshold }) => {
    let best = Infinity;
    let waited = 0;
    let rate = learningRate;
    for (const loss of validationLosses.slice(0, epoch)) {
      if (loss < best * (1 - threshold)) {
        best = loss;
        waited = 0;
      } else waited++;
      if (waited > patience) {
        rate *= factor;
        waited = 0;
      }
    }
    return rate;
  },
  pytorch: ({ factor, patience, threshold }) => ({
    scheduler: `S.ReduceLROnPlateau(optimizer, factor=${String(factor)}, patience=${String(patience)}, threshold=${String(threshold)}, eps=0)`,
    stepped: 'loss',
  }),
  samples: [
    { factor: 0.5, patience: 2, threshold: 1e-4 },
    { factor: 0.1, patience: 0, threshold: 0.1 },
  ],
});
