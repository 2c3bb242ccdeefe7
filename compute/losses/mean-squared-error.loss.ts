/** Mean of (output − target)². */
import { square } from '../ops/multiply.op';
import { subtract } from '../ops/subtract.op';
import { defineLoss } from './loss';
import { meanOfSample, outputsForNumbers, pytorchCall, pytorchNumbers, scoresOfClasses, targetNumbers } from './targets';

const label = 'Squared error';

export const loss = defineLoss({
  kind: 'mean-squared-error',
  label,
  help: 'Pulls the output of the right class towards 1 and all others towards 0, or each output towards its number. Large errors count most.',
  formula: '1/n · Σ (x − y)²',
  parameters: {},
  accepts: (output, target) => outputsForNumbers(label, output, target),
  forward: (output, target) => meanOfSample(square(subtract(output, targetNumbers(output, target)))),
  // The outputs are scores of their own: 1 means certain.
  probabilities: (output) => scoresOfClasses(output),
  decision: 0.5,
  pytorch: (_, output, target, reduction) => pytorchCall('mse_loss', pytorchNumbers(output, target), [], reduction),
  samples: [
    { name: 'classes', output: [4], target: { kind: 'class', classes: 4 }, parameters: {} },
    { name: 'a single output', output: [1], target: { kind: 'class', classes: 2 }, parameters: {} },
    { name: 'numbers', output: [2, 3, 3], target: { kind: 'values', shape: [2, 3, 3] }, parameters: {} },
  ],
});
