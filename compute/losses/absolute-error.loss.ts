/** Mean of |output − target|; its gradient where they are equal is 0, as in PyTorch. */
import { absolute } from '../ops/absolute.op';
import { subtract } from '../ops/subtract.op';
import { defineLoss } from './loss';
import { meanOfSample, outputsForNumbers, pytorchCall, pytorchNumbers, scoresOfClasses, targetNumbers } from './targets';

const label = 'Absolute error';

export const loss = defineLoss({
  kind: 'absolute-error',
  label,
  help: 'As squared error, but every error counts by its size: a few samples that are far off do not rule the rest.',
  formula: '1/n · Σ |x − y|',
  parameters: {},
  accepts: (output, target) => outputsForNumbers(label, output, target),
  forward: (output, target) => meanOfSample(absolute(subtract(output, targetNumbers(output, target)))),
  probabilities: (output) => scoresOfClasses(output),
  decision: 0.5,
  pytorch: (_, output, target, reduction) => pytorchCall('l1_loss', pytorchNumbers(output, target), [], reduction),
  samples: [
    { name: 'classes', output: [4], target: { kind: 'class', classes: 4 }, parameters: {} },
    { name: 'a single output', output: [1], target: { kind: 'class', classes: 2 }, parameters: {} },
    { name: 'numbers', output: [2, 3, 3], target: { kind: 'values', shape: [2, 3, 3] }, parameters: {} },
  ],
});
