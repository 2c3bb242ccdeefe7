/** Nesterov's accelerated gradient (1983) in the form of Sutskever et al. (2013) and PyTorch: v ← μ·v + g, w ← w − η·(g + μ·v). */
import { add } from '../ops/add.op';
import { multiply } from '../ops/multiply.op';
import { subtract } from '../ops/subtract.op';
import { defineOptimizer, slotOf } from './optimizer';

export const optimizer = defineOptimizer({
  kind: 'nesterov',
  label: 'Nesterov momentum',
  help: 'Momentum that looks ahead: it takes the gradient as if the kept part of the last step were already made, and swings less.',
  parameters: {
    momentum: {
      type: 'number',
      label: 'Momentum',
      help: 'Which part of the last step is kept.',
      default: 0.9,
      minimum: 0.0001,
      maximum: 0.9999,
    },
  },
  defaultLearningRate: 0.01,
  decouplesWeightDecay: false,
  formula: 'v ← μ·v + g; w ← w − η·(g + μ·v)',
  slots: () => ['momentum_buffer'],
  update: ({ weight, gradient, slots, learningRate }, { momentum }) => {
    const velocity = add(multiply(slotOf(slots, 'momentum_buffer'), momentum), gradient);
    const direction = add(gradient, multiply(velocity, momentum));
    return { weight: subtract(weight, multiply(learningRate, direction)), slots: { momentum_buffer: velocity } };
  },
  pytorch: ({ momentum }) =>
    `torch.optim.SGD(parameters, lr=learning_rate, momentum=${String(momentum)}, nesterov=True, weight_decay=weight_decay)`,
  samples: [{ momentum: 0.9 }, { momentum: 0.5 }],
});
