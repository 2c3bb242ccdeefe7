/** A linear rise over the first steps, then one of the usual descents (Vaswani et al., 2017, with the inverse square root). */
import { cosineBetween, defineSchedule, stepOf, stepsOf } from './schedule';

const descents = {
  constant: () => 1,
  linear: (step: number, warmUp: number, steps: number) => Math.max(0, (steps - step) / Math.max(1, steps - warmUp)),
  cosine: (step: number, warmUp: number, steps: number) => cosineBetween(1, 0, (step - warmUp) / Math.max(1, steps - warmUp)),
  'inverse-square-root': (step: number, warmUp: number) => Math.sqrt(Math.max(1, warmUp) / (step + 1)),
};

/** The same in Python, over `t`, `warm_up` and `steps`. */
const pythonDescents = {
  constant: '1.0',
  linear: 'max(0.0, (steps - t) / max(1, steps - warm_up))',
  cosine: '(1 + math.cos(math.pi * min(1.0, (t - warm_up) / max(1, steps - warm_up)))) / 2',
  'inverse-square-root': 'math.sqrt(max(1, warm_up) / (t + 1))',
};

export const schedule = defineSchedule({
  kind: 'warm-up',
  label: 'Warm-up',
  help: 'Raises the learning rate evenly over the first steps, so that averages settle before steps are long, then lowers it.',
  parameters: {
    steps: {
      type: 'integer',
      label: 'Warm-up',
      unit: 'steps',
      help: 'Steps until the full learning rate is reached.',
      default: 100,
      minimum: 1,
      maximum: 1_000_000,
    },
    then: {
      type: 'choice',
      label: 'Then',
      help: 'How the learning rate goes on after the warm-up.',
      default: 'constant',
      options: [
        { value: 'constant', label: 'Constant' },
        { value: 'linear', label: 'Linear to zero' },
        { value: 'cosine', label: 'Cosine to zero' },
        { value: 'inverse-square-root', label: 'Inverse square root' },
      ],
    },
  },
  formula: 'η = η₀ · (t + 1)/w while t < w; then η₀, or η₀ · (T − t)/(T − w), η₀ · (1 + cos(π·(t − w)/(T − w)))/2, η₀ · √(w/(t + 1))',
  rate: (moment, { steps: warmUp, then }) => {
    const step = stepOf(moment);
    return moment.learningRate * (step < warmUp ? (step + 1) / warmUp : descents[then](step, warmUp, stepsOf(moment)));
  },
  pytorch: ({ steps, then }) => ({
    scheduler: `(lambda warm_up, steps: S.LambdaLR(optimizer, lambda t: (t + 1) / warm_up if t < warm_up else ${pythonDescents[then]}))(${String(steps)}, epochs * steps_per_epoch)`,
    stepped: 'step',
  }),
  samples: [
    { steps: 100, then: 'constant' },
    { steps: 5, then: 'linear' },
    { steps: 5, then: 'cosine' },
    { steps: 5, then: 'inverse-square-root' },
  ],
});
