/** Margin loss of support vector machines, for several classes as PyTorch's multi_margin_loss (Crammer, Singer, 2001). */
import { oneHot } from '../ops/classes';
import { multiply, square } from '../ops/multiply.op';
import { relu } from '../ops/relu.op';
import { add } from '../ops/add.op';
import { subtract } from '../ops/subtract.op';
import { expand, sum } from '../ops/sum.op';
import { mean } from '../ops/mean';
import { sigmoid } from '../ops/sigmoid.op';
import { softmax } from '../ops/softmax';
import { defineLoss } from './loss';
import { meanOfSample, outputsForClasses, scoresOfClasses, targetNumbers } from './targets';

const label = 'Hinge';

export const loss = defineLoss({
  kind: 'hinge',
  label,
  help: 'Asks that the score of the right class beat every other by a margin, and is content with that. For support vector machines.',
  formula: '1/n · Σ_{c ≠ y} max(0, margin − x_y + x_c)ᵖ; for a single output max(0, margin − (±1)·x)ᵖ',
  parameters: {
    margin: { type: 'number', label: 'Margin', help: 'By how much the right class should win.', default: 1, minimum: 0, maximum: 1000 },
    squared: { type: 'boolean', label: 'Squared', help: 'Squares each shortfall (p = 2), so that large ones count most.', default: false },
  },
  accepts: (output, target) => outputsForClasses(label, output, target),
  forward: (output, target, { margin, squared }) => {
    const power = squared ? square : (shortfall: typeof output) => shortfall;
    if (output.shape[1] === 1) {
      const sign = subtract(multiply(targetNumbers(output, target), 2), 1);
      return meanOfSample(power(relu(subtract(margin, multiply(sign, output)))));
    }
    const right = oneHot(target, output.shape[1] ?? 1);
    const own = expand(sum(multiply(right, output), [1]), output.shape, [1]);
    const shortfall = power(relu(add(subtract(output, own), margin)));
    return mean(multiply(shortfall, subtract(1, right)), [1]);
  },
  probabilities: (output) => (output.shape[1] === 1 ? scoresOfClasses(sigmoid(output)) : softmax(output)),
  decision: 0,
  pytorch: ({ margin, squared }, output, _target, reduction) => {
    const [power, whole] = [squared ? '2' : '1', reduction === 'mean'];
    return output[0] === 1
      ? `F.relu(${String(margin)} - (2 * target - 1) * output.squeeze(1)).pow(${power})${whole ? '.mean()' : ''}`
      : `F.multi_margin_loss(output, target, p=${power}, margin=${String(margin)}${whole ? '' : ', reduction="none"'})`;
  },
  samples: [
    { name: 'classes', output: [4], target: { kind: 'class', classes: 4 }, parameters: { margin: 1, squared: false } },
    { name: 'squared', output: [4], target: { kind: 'class', classes: 4 }, parameters: { margin: 0.5, squared: true } },
    { name: 'a single output', output: [1], target: { kind: 'class', classes: 2 }, parameters: { margin: 1, squared: false } },
    { name: 'a single output, squared', output: [1], target: { kind: 'class', classes: 2 }, parameters: { margin: 2, squared: true } },
  ],
});
