/** Half a wave of the cosine over the whole training (Loshchilov, Hutter, 2017, without restarts; PyTorch's CosineAnnealingLR). */
import { cosineBetween, defineSchedule, stepOf, stepsOf } from './schedule';

export const schedule = defineSchedule({
  kind: 'cosine',
  label: 'Cosine',
  help: 'Lowers the learning rate along half a wave: slowly at first, fast in the middle, slowly at the end.',
  parameters: {
    final: {
      type: 'number',
      label: 'Final part',
      help: 'Which part of the learning rate is left at the end.',
      default: 0,
      minimum: 0,
      maximum: 1,
    },
  },
  formula: 'η = η₀ · (f + (1 − f) · (1 + cos(π·t/T)) / 2)',
  rate: (moment, { final }) => moment.learningRate * cosineBetween(1, final, stepOf(moment) / stepsOf(moment)),
  pytorch: ({ final }) => ({
    scheduler: `S.CosineAnnealingLR(optimizer, T_max=epochs * steps_per_epoch, eta_min=learning_rate * ${String(final)})`,
    stepped: 'step',
  }),
  samples: [{ final: 0 }, { final: 0.1 }],
});
