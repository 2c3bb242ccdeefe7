/** Mean over the classes of (output − target)², where the target is 1 for the right class and 0 elsewhere. */
import { oneHot } from '../ops/classes';
import { mean } from '../ops/mean';
import { square } from '../ops/multiply.op';
import { subtract } from '../ops/subtract.op';
import { oneOutputPerClass } from './classes';
import { defineLoss } from './loss';

const label = 'Mean squared error';

export const loss = defineLoss({
  kind: 'mean-squared-error',
  label,
  help: 'Pulls the output of the right class towards 1 and all others towards 0.',
  parameters: {},
  accepts: (output, classes) => oneOutputPerClass(label, output, classes),
  forward: (output, labels) => mean(square(subtract(output, oneHot(labels, output.shape[1] ?? 1))), [1]),
  // The outputs are scores of their own: 1 means certain.
  probabilities: (output) => output,
  pytorch: () => 'F.mse_loss(output, F.one_hot(target, output.shape[1]).to(output.dtype))',
});
