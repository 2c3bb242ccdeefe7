/** Up and down again once (Smith, Topin, 2019), as PyTorch's OneCycleLR with two phases; the rate of the settings is the highest. */
import { cosineBetween, defineSchedule, stepOf, stepsOf } from './schedule';

export const schedule = defineSchedule({
  kind: 'one-cycle',
  label: 'One cycle',
  help: 'Raises the learning rate to its full value in the first part of training, then lowers it far below the start.',
  parameters: {
    rise: {
      type: 'number',
      label: 'Rise',
      help: 'Which part of the training the rise takes.',
      default: 0.3,
      minimum: 0.01,
      maximum: 0.99,
    },
    startDivisor: {
      type: 'number',
      label: 'Start divisor',
      help: 'The first learning rate is the highest divided by this.',
      default: 25,
      minimum: 1,
      maximum: 1e6,
      scale: 'logarithmic',
    },
    endDivisor: {
      type: 'number',
      label: 'End divisor',
      help: 'The last learning rate is the first divided by this.',
      default: 1e4,
      minimum: 1,
      maximum: 1e8,
      scale: 'logarithmic',
    },
  },
  formula: 'η = cosine from η₀/a to η₀ over the first r·T steps, then to η₀/(a·b)',
  rate: (moment, { rise, startDivisor, endDivisor }) => {
    const { learningRate } = moment;
    const first = learningRate / startDivisor;
    const step = stepOf(moment);
    // The step at which the peak is reached, and the last step; a training of very few steps has no rise.
    const peak = rise * stepsOf(moment) - 1;
    const last = stepsOf(moment) - 1;
    return step <= peak
      ? cosineBetween(first, learningRate, step / peak)
      : cosineBetween(learningRate, first / endDivisor, last > peak ? (step - Math.max(0, peak)) / (last - Math.max(0, peak)) : 1);
  },
  pytorch: ({ rise, startDivisor, endDivisor }) => ({
    scheduler: `S.OneCycleLR(optimizer, max_lr=learning_rate, total_steps=epochs * steps_per_epoch, pct_start=${String(rise)}, div_factor=${String(startDivisor)}, final_div_factor=${String(endDivisor)}, cycle_momentum=False)`,
    stepped: 'step',
  }),
  samples: [
    { rise: 0.3, startDivisor: 25, endDivisor: 1e4 },
    { rise: 0.5, startDivisor: 10, endDivisor: 100 },
  ],
});
