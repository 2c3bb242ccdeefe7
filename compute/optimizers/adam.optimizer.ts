/** Adam (Kingma, Ba, 2015): weight decay, if any, is part of the gradient. */
import { adamParameters, adamSlots, adamStep } from './adam';
import { defineOptimizer } from './optimizer';

export const optimizer = defineOptimizer({
  kind: 'adam',
  label: 'Adam',
  help: 'Gives each weight a step of its own, from running averages of its gradient and of its square. A good first choice.',
  parameters: adamParameters,
  defaultLearningRate: 0.001,
  decouplesWeightDecay: false,
  formula: 'm ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²; w ← w − η · (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)',
  slots: () => adamSlots,
  update: (context, parameters) => adamStep(context.weight, context, parameters),
  pytorch: ({ beta1, beta2, epsilon }) =>
    `torch.optim.Adam(parameters, lr=learning_rate, betas=(${String(beta1)}, ${String(beta2)}), eps=${String(epsilon)}, weight_decay=weight_decay)`,
  samples: [
    { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    { beta1: 0, beta2: 0.995, epsilon: 0.01 },
  ],
});
