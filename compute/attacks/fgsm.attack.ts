/** Fast gradient sign method: one step of ε along the sign of the gradient (Goodfellow, Shlens, Szegedy: Explaining and harnessing adversarial examples; ICLR 2015). */
import { defineAttack } from './attack';
import { ascend, epsilonParameter } from './maximum-norm';

export const attack = defineAttack({
  kind: 'fgsm',
  label: 'FGSM',
  help: 'Moves every input once by ε in the direction that raises the loss. Fast, and often enough.',
  parameters: { epsilon: epsilonParameter },
  plan: ({ epsilon }) => ({ epsilon, stepSize: epsilon, steps: 1, start: 'sample' }),
  update: ascend,
});
