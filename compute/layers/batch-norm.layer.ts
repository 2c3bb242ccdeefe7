/**
 * Batch normalisation (Ioffe, Szegedy, 2015), as PyTorch's BatchNorm1d and BatchNorm2d: the biased variance of the batch
 * normalises, the unbiased one enters the running average. Their count of batches is not kept: the momentum is fixed.
 * Sequences are refused: here they are [steps, features], of which BatchNorm1d would take the steps for channels.
 */
import { failure, success } from '../graph/problem';
import { formatShape, type Shape, type Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { divide } from '../ops/divide.op';
import { moments } from '../ops/moments';
import { multiply } from '../ops/multiply.op';
import { reshape } from '../ops/reshape.op';
import { sqrt } from '../ops/sqrt.op';
import { subtract } from '../ops/subtract.op';
import { inputOf, weightOf } from './arguments';
import { unlikeDefaults } from './convolution';
import { defineLayer } from './layer';

const names = ['weight', 'bias', 'running_mean', 'running_var'] as const;

/** Shape of one number a channel that broadcasts over [batch, channels, …]. */
const channelwise = (shape: Shape): number[] => [shape[1] ?? 1, ...shape.slice(2).map(() => 1)];

const rolled = (running: Tensor, current: Tensor, momentum: number): Tensor =>
  add(multiply(running, 1 - momentum), multiply(current, momentum));

export const layer = defineLayer({
  kind: 'batch-norm',
  version: 1,
  label: 'Batch norm',
  group: 'normalization',
  help: 'Gives each channel mean 0 and variance 1 over the batch, then a learned scale and shift. Running averages take their place in evaluation. Makes deep networks easier to train.',
  formula: 'y = (x − μ) / √(σ² + ε) · γ + β, with μ and σ² of each channel over the batch',
  parameters: {
    momentum: {
      type: 'number',
      label: 'Momentum',
      help: 'Weight of the latest batch in the running averages.',
      default: 0.1,
      minimum: 0,
      maximum: 1,
    },
    epsilon: {
      type: 'number',
      label: 'Epsilon',
      help: 'Added to the variance, so that nothing is divided by zero.',
      default: 1e-5,
      minimum: 1e-12,
      maximum: 1,
      scale: 'logarithmic',
    },
  },
  inputs: { minimum: 1, maximum: 1 },
  shape: ([input = []]) =>
    input.length === 1 || input.length === 3
      ? success(input)
      : failure('network.channels-expected', { layer: 'Batch norm', actual: formatShape(input) }),
  weights: ([input = []]) => {
    const shape = [input[0] ?? 1];
    return [
      { name: 'weight', shape, role: 'parameter', initializer: { kind: 'ones' } },
      { name: 'bias', shape, role: 'parameter', initializer: { kind: 'zeros' } },
      { name: 'running_mean', shape, role: 'buffer', initializer: { kind: 'zeros' } },
      { name: 'running_var', shape, role: 'buffer', initializer: { kind: 'ones' } },
    ];
  },
  forward: ({ mode, weights }, inputs, { momentum, epsilon }) => {
    const input = inputOf(inputs);
    const perChannel = (values: Tensor) => reshape(values, channelwise(input.shape));
    const [weight, bias, runningMean, runningVariance] = [
      weightOf(weights, 'weight'),
      weightOf(weights, 'bias'),
      weightOf(weights, 'running_mean'),
      weightOf(weights, 'running_var'),
    ];
    const scaled = (centred: Tensor, variance: Tensor) =>
      add(multiply(centred, perChannel(divide(weight, sqrt(add(variance, epsilon))))), perChannel(bias));
    if (mode === 'evaluate') return { output: scaled(subtract(input, perChannel(runningMean)), runningVariance) };

    const axes = input.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const { mean: batchMean, variance, centred } = moments(input, axes);
    const count = axes.reduce((product, axis) => product * (input.shape[axis] ?? 1), 1);
    // A single value has no unbiased variance (PyTorch refuses it); its biased one is 0 and leaves the average finite.
    const unbiased = multiply(variance, count > 1 ? count / (count - 1) : 1);
    return {
      output: scaled(centred, variance),
      buffers: { running_mean: rolled(runningMean, batchMean, momentum), running_var: rolled(runningVariance, unbiased, momentum) },
    };
  },
  onnx: ({ inputs, output, weights }, { momentum, epsilon }) => [
    {
      operator: 'BatchNormalization',
      inputs: [...inputs, ...names.map((name) => weightOf(weights, name))],
      outputs: [output],
      // ONNX gives the weight of the old average.
      attributes: { epsilon: { float: epsilon }, momentum: { float: 1 - momentum } },
    },
  ],
  keras: ({ add, weight, inputs }, { momentum, epsilon }) => {
    const input = inputOf(inputs);
    const weights = {
      gamma: weight('weight'),
      beta: weight('bias'),
      moving_mean: weight('running_mean'),
      moving_variance: weight('running_var'),
    };
    // Keras gives the weight of the old average.
    return add('BatchNormalization', input, input.shape, { axis: -1, momentum: 1 - momentum, epsilon }, weights);
  },
  pytorch: ([input = []], { momentum, epsilon }) => ({
    module: `nn.BatchNorm${input.length === 1 ? '1d' : '2d'}(${[
      String(input[0]),
      ...unlikeDefaults([
        ['eps', String(epsilon), '0.00001'],
        ['momentum', String(momentum), '0.1'],
      ]),
    ].join(', ')})`,
    call: (self, inputs) => `${self}(${inputs.join(', ')})`,
  }),
  samples: [
    { name: 'features', inputShapes: [[4]], parameters: { momentum: 0.1, epsilon: 1e-5 }, batch: 5 },
    { name: 'images', inputShapes: [[3, 2, 3]], parameters: { momentum: 0.25, epsilon: 1e-3 } },
  ],
});
