/** AdamW (Loshchilov, Hutter, 2019): Adam whose weight decay shrinks the weights directly, w ← w − η·λ·w, before the step. */
import { multiply } from '../ops/multiply.op';
import { subtract } from '../ops/subtract.op';
import { adamParameters, adamSlots, adamStep } from './adam';
import { defineOptimizer } from './optimizer';

export const optimizer = defineOptimizer({
  kind: 'adamw',
  label: 'AdamW',
  help: 'Adam with weight decay that acts on the weights themselves and not through the averages. The usual choice for transformers.',
  parameters: adamParameters,
  defaultLearningRate: 0.001,
  decouplesWeightDecay: true,
  formula: 'w ← w − η·λ·w; then as Adam, where λ is the weight decay',
  slots: () => adamSlots,
  update: (context, parameters) => {
    const { weight, learningRate, weightDecay } = context;
    const shrunk = weightDecay === 0 ? weight : subtract(weight, multiply(multiply(learningRate, weightDecay), weight));
    return adamStep(shrunk, context, parameters);
  },
  pytorch: ({ beta1, beta2, epsilon }) =>
    `torch.optim.AdamW(parameters, lr=learning_rate, betas=(${String(beta1)}, ${String(beta2)}), eps=${String(epsilon)}, weight_decay=weight_decay)`,
  samples: [
    { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    { beta1: 0.8, beta2: 0.995, epsilon: 0.01 },
  ],
});
