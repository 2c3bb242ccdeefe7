/** −log of the probability that softmax gives to the right class, as PyTorch's CrossEntropyLoss. */
import { failure } from '../graph/problem';
import { add } from '../ops/add.op';
import { oneHot } from '../ops/classes';
import { iota } from '../ops/iota.op';
import { multiply } from '../ops/multiply.op';
import { negate } from '../ops/negate.op';
import { logSoftmax, softmax } from '../ops/softmax';
import { sum } from '../ops/sum.op';
import { table } from '../ops/table.op';
import { defineLoss } from './loss';
import { oneOutputPerClass } from './targets';

const label = 'Softmax cross-entropy';

export const loss = defineLoss({
  kind: 'softmax-cross-entropy',
  label,
  help: 'For classes that exclude each other. Takes the scores as they are: put no Softmax at the end.',
  formula: '−Σ_c w_c · ((1 − s)·[c = y] + s/n) · ln softmax(x)_c',
  parameters: {
    labelSmoothing: {
      type: 'number',
      label: 'Label smoothing',
      help: 'Which part of the target is spread evenly over all classes, so that the network is never asked to be wholly sure.',
      default: 0,
      minimum: 0,
      maximum: 0.99,
    },
    classWeights: {
      type: 'numbers',
      label: 'Class weights',
      help: 'How much each class counts, one number a class; none for all alike. The loss of a batch is divided by the weights of its samples together, so only their ratios count. A batch whose samples all weigh 0 has no loss: training pauses at it.',
      default: [],
      minimum: 0,
      maximum: 1e6,
      maximumLength: 1024,
    },
  },
  accepts: (output, target, { classWeights }) => {
    const accepted = oneOutputPerClass(label, output, target);
    const classes = output[0] ?? 0;
    return accepted.ok && classWeights.length > 0 && classWeights.length !== classes
      ? failure('loss.class-weights', { classes, actual: classWeights.length }, { parameter: 'classWeights' })
      : accepted;
  },
  forward: (output, target, { labelSmoothing, classWeights }) => {
    const classes = output.shape[1] ?? 1;
    const right = oneHot(target, classes);
    const wanted = labelSmoothing === 0 ? right : add(multiply(right, 1 - labelSmoothing), labelSmoothing / classes);
    const weighted = classWeights.length === 0 ? wanted : multiply(wanted, table(iota(output.shape, 1), classWeights));
    return negate(sum(multiply(weighted, logSoftmax(output)), [1]));
  },
  classWeights: ({ classWeights }) => classWeights,
  probabilities: (output) => softmax(output),
  decision: 0,
  pytorch: ({ labelSmoothing, classWeights }, _output, _target, reduction) => {
    const options = [
      ...(classWeights.length === 0 ? [] : [`weight=torch.tensor([${classWeights.join(', ')}], dtype=output.dtype, device=output.device)`]),
      ...(labelSmoothing === 0 ? [] : [`label_smoothing=${String(labelSmoothing)}`]),
      ...(reduction === 'mean' ? [] : ['reduction="none"']),
    ];
    return `F.cross_entropy(${['output', 'target', ...options].join(', ')})`;
  },
  samples: [
    { name: 'plain', output: [5], target: { kind: 'class', classes: 5 }, parameters: { labelSmoothing: 0, classWeights: [] } },
    { name: 'label smoothing', output: [5], target: { kind: 'class', classes: 5 }, parameters: { labelSmoothing: 0.1, classWeights: [] } },
    {
      name: 'class weights',
      output: [3],
      target: { kind: 'class', classes: 3 },
      parameters: { labelSmoothing: 0, classWeights: [0.5, 2, 0] },
    },
    {
      name: 'class weights and label smoothing',
      output: [3],
      target: { kind: 'class', classes: 3 },
      parameters: { labelSmoothing: 0.25, classWeights: [0.5, 2, 1] },
    },
    {
      name: 'extreme scores',
      output: [3],
      target: { kind: 'class', classes: 3 },
      parameters: { labelSmoothing: 0, classWeights: [] },
      range: [-80, 80],
    },
  ],
});
