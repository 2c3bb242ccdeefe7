/** Adagrad (Duchi, Hazan, Singer, 2011), as PyTorch writes it. */
import { add } from '../ops/add.op';
import { divide } from '../ops/divide.op';
import { multiply, square } from '../ops/multiply.op';
import { sqrt } from '../ops/sqrt.op';
import { subtract } from '../ops/subtract.op';
import { defineOptimizer, slotOf } from './optimizer';

export const optimizer = defineOptimizer({
  kind: 'adagrad',
  label: 'Adagrad',
  help: 'Divides the step of each weight by all the gradients it has ever had: rarely used weights keep long steps, all steps shrink.',
  parameters: {
    epsilon: {
      type: 'number',
      label: 'Epsilon',
      help: 'Added to the divisor, so that nothing is divided by zero.',
      default: 1e-10,
      minimum: 1e-12,
      maximum: 1,
      scale: 'logarithmic',
    },
    rateDecay: {
      type: 'number',
      label: 'Rate decay',
      help: 'The learning rate is divided by 1 + (t − 1) · this at step t.',
      default: 0,
      minimum: 0,
      maximum: 1,
    },
  },
  defaultLearningRate: 0.01,
  decouplesWeightDecay: false,
  formula: 's ← s + g²; w ← w − η/(1 + (t − 1)·d) · g / (√s + ε)',
  slots: () => ['sum'],
  update: ({ weight, gradient, slots, learningRate, step }, { epsilon, rateDecay }) => {
    const total = add(slotOf(slots, 'sum'), square(gradient));
    const rate = rateDecay === 0 ? learningRate : divide(learningRate, add(multiply(subtract(step, 1), rateDecay), 1));
    return { weight: subtract(weight, multiply(rate, divide(gradient, add(sqrt(total), epsilon)))), slots: { sum: total } };
  },
  pytorch: ({ epsilon, rateDecay }) =>
    `torch.optim.Adagrad(parameters, lr=learning_rate, lr_decay=${String(rateDecay)}, eps=${String(epsilon)}, weight_decay=weight_decay)`,
  samples: [
    { epsilon: 1e-10, rateDecay: 0 },
    { epsilon: 1e-6, rateDecay: 0.1 },
  ],
});
