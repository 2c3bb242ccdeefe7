/** Stochastic gradient descent: w ← w − η·g. */
import { multiply } from '../ops/multiply.op';
import { subtract } from '../ops/subtract.op';
import { defineOptimizer } from './optimizer';

export const optimizer = defineOptimizer({
  kind: 'sgd',
  label: 'SGD',
  help: 'Steps straight down the gradient of each batch. The plainest rule; it wants a well chosen learning rate.',
  parameters: {},
  defaultLearningRate: 0.01,
  decouplesWeightDecay: false,
  formula: 'w ← w − η·g',
  slots: () => [],
  update: ({ weight, gradient, learningRate }) => ({ weight: subtract(weight, multiply(learningRate, gradient)), slots: {} }),
  pytorch: () => 'torch.optim.SGD(parameters, lr=learning_rate, weight_decay=weight_decay)',
  samples: [{}],
});
