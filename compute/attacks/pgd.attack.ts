/** Projected gradient descent: many small steps, each brought back into the ball (Madry et al.: Towards deep learning models resistant to adversarial attacks; ICLR 2018). */
import { defineAttack } from './attack';
import { ascend, epsilonParameter } from './maximum-norm';

export const attack = defineAttack({
  kind: 'pgd',
  label: 'PGD',
  help: 'Many small steps that raise the loss, none leaving the ball of radius ε. Slower than FGSM, and stronger.',
  parameters: {
    epsilon: epsilonParameter,
    steps: { type: 'integer', label: 'Steps', default: 10, minimum: 1, maximum: 1000 },
    stepSize: {
      type: 'number',
      label: 'Step size',
      help: 'How far each input moves in a step, as a share of ε.',
      default: 0.25,
      minimum: 0.001,
      maximum: 1,
    },
    randomStart: {
      type: 'boolean',
      label: 'Random start',
      help: 'Start at a random place in the ball rather than at the sample.',
      default: true,
    },
    seed: { type: 'integer', label: 'Seed', help: 'Of the random start.', default: 1, minimum: 0, maximum: 0xffffffff },
  },
  plan: ({ epsilon, steps, stepSize, randomStart, seed }) => ({
    epsilon,
    stepSize: epsilon * stepSize,
    steps,
    start: randomStart ? { seed } : 'sample',
  }),
  update: ascend,
});
