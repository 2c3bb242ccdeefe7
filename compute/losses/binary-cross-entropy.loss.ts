/** Cross-entropy of each output by itself, from scores, as PyTorch's binary_cross_entropy_with_logits: softplus(x) − x·y. */
import { multiply } from '../ops/multiply.op';
import { sigmoid } from '../ops/sigmoid.op';
import { softplus } from '../ops/softplus.op';
import { subtract } from '../ops/subtract.op';
import { defineLoss } from './loss';
import { meanOfSample, outputsForNumbers, pytorchCall, pytorchNumbers, scoresOfClasses, targetNumbers } from './targets';

const label = 'Binary cross-entropy';

export const loss = defineLoss({
  kind: 'binary-cross-entropy',
  label,
  help: 'Asks each output by itself: yes or no? Takes the scores as they are: put no Sigmoid at the end. Numbers to compare with lie between 0 and 1.',
  formula: '−1/n · Σ (y·ln σ(x) + (1 − y)·ln(1 − σ(x)))',
  parameters: {},
  accepts: (output, target) => outputsForNumbers(label, output, target),
  forward: (output, target) => meanOfSample(subtract(softplus(output), multiply(output, targetNumbers(output, target)))),
  probabilities: (output) => scoresOfClasses(sigmoid(output)),
  estimates: (output) => sigmoid(output),
  targetRange: [0, 1],
  decision: 0,
  pytorch: (_, output, target, reduction) => pytorchCall('binary_cross_entropy_with_logits', pytorchNumbers(output, target), [], reduction),
  samples: [
    { name: 'classes', output: [4], target: { kind: 'class', classes: 4 }, parameters: {} },
    { name: 'a single output', output: [1], target: { kind: 'class', classes: 2 }, parameters: {} },
    { name: 'numbers', output: [2, 3, 3], target: { kind: 'values', shape: [2, 3, 3] }, parameters: {} },
    { name: 'extreme scores', output: [3], target: { kind: 'class', classes: 3 }, parameters: {}, range: [-80, 80] },
  ],
});
