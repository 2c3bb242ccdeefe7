/** −log of the probability that softmax gives to the right class, as PyTorch's cross_entropy. */
import { oneHot } from '../ops/classes';
import { multiply } from '../ops/multiply.op';
import { negate } from '../ops/negate.op';
import { logSoftmax, softmax } from '../ops/softmax';
import { sum } from '../ops/sum.op';
import { oneOutputPerClass } from './classes';
import { defineLoss } from './loss';

const label = 'Softmax cross-entropy';

export const loss = defineLoss({
  kind: 'softmax-cross-entropy',
  label,
  help: 'For classes that exclude each other. Takes the scores as they are: put no Softmax at the end.',
  parameters: {},
  accepts: (output, classes) => oneOutputPerClass(label, output, classes),
  forward: (output, labels) => negate(sum(multiply(oneHot(labels, output.shape[1] ?? 1), logSoftmax(output)), [1])),
  probabilities: (output) => softmax(output),
  pytorch: () => 'F.cross_entropy(output, target)',
});
