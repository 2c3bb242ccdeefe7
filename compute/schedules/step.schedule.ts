/** The rate multiplied by a factor every few epochs (PyTorch's StepLR). */
import { defineSchedule } from './schedule';

export const schedule = defineSchedule({
  kind: 'step',
  label: 'Step',
  help: 'Multiplies the learning rate by a factor every few epochs.',
  parameters: {
    every: {
      type: 'integer',
      label: 'Every',
      unit: 'epochs',
      help: 'Epochs between two changes.',
      default: 2,
      minimum: 1,
      maximum: 100_000,
    },
    factor: {
      type: 'number',
      label: 'Factor',
      help: 'What the learning rate is multiplied by.',
      default: 0.5,
      minimum: 0.0001,
      maximum: 1,
    },
  },
  formula: 'η = η₀ · fᵏ, k = ⌊e / every⌋',
  rate: ({ learningRate, epoch }, { every, factor }) => learningRate * factor ** Math.floor(epoch / every),
  pytorch: ({ every, factor }) => ({
    scheduler: `S.StepLR(optimizer, step_size=${String(every)}, gamma=${String(factor)})`,
    stepped: 'epoch',
  }),
  samples: [
    { every: 2, factor: 0.5 },
    { every: 3, factor: 0.1 },
  ],
});
