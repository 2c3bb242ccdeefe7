/** RMSprop (Hinton, lecture 6 of "Neural Networks for Machine Learning", 2012), as PyTorch writes it. */
import { add } from '../ops/add.op';
import { divide } from '../ops/divide.op';
import { multiply, square } from '../ops/multiply.op';
import { sqrt } from '../ops/sqrt.op';
import { subtract } from '../ops/subtract.op';
import { decayed, defineOptimizer, slotOf } from './optimizer';

export const optimizer = defineOptimizer({
  kind: 'rmsprop',
  label: 'RMSprop',
  help: 'Divides the step of each weight by the recent size of its gradient. Often used for recurrent networks.',
  parameters: {
    alpha: {
      type: 'number',
      label: 'α',
      help: 'How long the average of the squared gradient remembers.',
      default: 0.99,
      minimum: 0,
      maximum: 0.99999,
    },
    epsilon: {
      type: 'number',
      label: 'Epsilon',
      help: 'Added to the divisor, so that nothing is divided by zero.',
      default: 1e-8,
      minimum: 1e-12,
      maximum: 1,
      scale: 'logarithmic',
    },
    momentum: {
      type: 'number',
      label: 'Momentum',
      help: 'Which part of the last step is kept.',
      default: 0,
      minimum: 0,
      maximum: 0.9999,
    },
  },
  defaultLearningRate: 0.001,
  decouplesWeightDecay: false,
  formula: 's ← α·s + (1 − α)·g²; v ← μ·v + g / (√s + ε); w ← w − η·v',
  slots: ({ momentum }) => (momentum === 0 ? ['square_avg'] : ['square_avg', 'momentum_buffer']),
  update: ({ weight, gradient, slots, learningRate }, { alpha, epsilon, momentum }) => {
    const average = decayed(slotOf(slots, 'square_avg'), square(gradient), alpha);
    const scaled = divide(gradient, add(sqrt(average), epsilon));
    const velocity = momentum === 0 ? scaled : add(multiply(slotOf(slots, 'momentum_buffer'), momentum), scaled);
    return {
      weight: subtract(weight, multiply(learningRate, velocity)),
      slots: { square_avg: average, ...(momentum === 0 ? {} : { momentum_buffer: velocity }) },
    };
  },
  pytorch: ({ alpha, epsilon, momentum }) =>
    `torch.optim.RMSprop(parameters, lr=learning_rate, alpha=${String(alpha)}, eps=${String(epsilon)}, momentum=${String(momentum)}, weight_decay=weight_decay)`,
  samples: [
    { alpha: 0.99, epsilon: 1e-8, momentum: 0 },
    { alpha: 0.95, epsilon: 0.01, momentum: 0.5 },
  ],
});
