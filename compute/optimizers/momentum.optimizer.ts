/** SGD with momentum (Polyak, 1964), as PyTorch writes it: v ← μ·v + g, w ← w − η·v. The learning rate is not part of v. */
import { add } from '../ops/add.op';
import { multiply } from '../ops/multiply.op';
import { subtract } from '../ops/subtract.op';
import { defineOptimizer, slotOf } from './optimizer';

export const optimizer = defineOptimizer({
  kind: 'momentum',
  label: 'Momentum',
  help: 'SGD that keeps part of its last step, so that it rolls through small bumps and speeds up along valleys.',
  parameters: {
    momentum: {
      type: 'number',
      label: 'Momentum',
      help: 'Which part of the last step is kept.',
      default: 0.9,
      minimum: 0,
      maximum: 0.9999,
    },
  },
  defaultLearningRate: 0.01,
  decouplesWeightDecay: false,
  formula: 'v ← μ·v + g; w ← w − η·v',
  slots: () => ['momentum_buffer'],
  update: ({ weight, gradient, slots, learningRate }, { momentum }) => {
    const velocity = add(multiply(slotOf(slots, 'momentum_buffer'), momentum), gradient);
    return { weight: subtract(weight, multiply(learningRate, velocity)), slots: { momentum_buffer: velocity } };
  },
  pytorch: ({ momentum }) => `torch.optim.SGD(parameters, lr=learning_rate, momentum=${String(momentum)}, weight_decay=weight_decay)`,
  samples: [{ momentum: 0.9 }, { momentum: 0 }],
});
