/** The rate multiplied by a factor after each epoch (PyTorch's ExponentialLR). */
import { defineSchedule } from './schedule';

export const schedule = defineSchedule({
  kind: 'exponential',
  label: 'Exponential',
  help: 'Multiplies the learning rate by a factor after each epoch.',
  parameters: {
    factor: {
      type: 'number',
      label: 'Factor',
      help: 'What the learning rate is multiplied by after each epoch.',
      default: 0.9,
      minimum: 0.0001,
      maximum: 1,
    },
  },
  formula: 'η = η₀ · fᵉ',
  rate: ({ learningRate, epoch }, { factor }) => learningRate * factor ** epoch,
  pytorch: ({ factor }) => ({ scheduler: `S.ExponentialLR(optimizer, gamma=${String(factor)})`, stepped: 'epoch' }),
  samples: [{ factor: 0.9 }, { factor: 0.5 }],
});
