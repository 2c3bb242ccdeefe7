/**
 * What a network's output is worth: the loss of each sample and the predicted classes, whether a sample has one class or
 * one a position. It knows no program and no device.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, sizeOf, type Shape, type Tensor } from '../graph/tensor';
import type { ParameterValues } from '../graph/parameter-schema';
import type { TrainingSettings } from '../graph/training-settings';
import type { LossDefinition, Target } from '../losses/loss';
import type { Mixture } from '../augmentations/augment';
import { absolute } from '../ops/absolute.op';
import { add } from '../ops/add.op';
import { cast } from '../ops/cast.op';
import { argMax } from '../ops/classes';
import { divide } from '../ops/divide.op';
import { broadcastTo } from '../ops/elementwise';
import { gather } from '../ops/gather.op';
import { greater } from '../ops/greater.op';
import { mean } from '../ops/mean';
import { multiply } from '../ops/multiply.op';
import { reshape } from '../ops/reshape.op';
import { subtract } from '../ops/subtract.op';
import { table } from '../ops/table.op';
import type { Dataset } from './dataset';

/** What the outputs for one sample are compared with; `positions` are the axes of its labels, [] where it has one. */
export interface Objective {
  readonly target: Target;
  /** Whether numbers to compare with are the labels (regression) or the sample itself (an auto-encoder). */
  readonly comparesWith: 'label' | 'input';
  readonly positions: Shape;
}

/** Problem: `training.target-tokens` where the samples themselves are the target and are no numbers. */
export function objectiveOf(
  wanted: TrainingSettings['target'],
  dataset: Pick<Dataset, 'sampleShape' | 'sampleType' | 'labelShape' | 'classes' | 'targetNames'>,
): Outcome<Objective> {
  const labelShape = dataset.labelShape ?? [];
  if (wanted === 'label') {
    const target: Target =
      dataset.targetNames === undefined ? { kind: 'class', classes: dataset.classes.length } : { kind: 'values', shape: labelShape };
    return success({ target, comparesWith: wanted, positions: target.kind === 'class' ? labelShape : [] });
  }
  if (dataset.sampleType === 'i32') return failure('training.target-tokens');
  return success({ target: { kind: 'values', shape: dataset.sampleShape }, comparesWith: wanted, positions: [] });
}

/**
 * Whether outputs of this shape (no batch axis) fit the objective: where a sample has labels [T], its output is [T, …] and
 * the loss looks at each position. Problems: the loss's own, `training.positions`.
 */
export function acceptsOutput(
  loss: LossDefinition,
  lossParameters: ParameterValues,
  output: Shape,
  { target, positions }: Objective,
): Outcome<true> {
  const fits = positions.every((size, axis) => output[axis] === size) && output.length > positions.length;
  if (positions.length === 0 || fits) return loss.accepts(output.slice(positions.length), target, lossParameters);
  const inner = target.kind === 'class' ? [target.classes] : target.shape;
  return failure('training.positions', { expected: formatShape([...positions, ...inner]), actual: formatShape(output) });
}

/** A loss and what it is used for. */
interface Valued {
  readonly loss: LossDefinition;
  readonly lossParameters: ParameterValues;
  readonly objective: Objective;
}

/** Positions as samples of their own: [batch, …labels, …] becomes [batch · labels, …]. */
function positionsFirst(output: Tensor, labels: Tensor): Tensor {
  const rank = labels.shape.length;
  return reshape(output, [sizeOf(labels.shape), ...output.shape.slice(rank)]);
}

/** What a batch is compared with: labels i32 or f32 [batch, …positions], and samples f32 [batch, …] as the data set holds them. */
export interface Given {
  readonly samples: Tensor;
  readonly labels: Tensor;
  /** Who was mixed with whom; absent where nobody was. */
  readonly mixture?: Mixture | null;
}

/** A number for each sample, as one for each number of each sample. */
const forEach = (share: Tensor, like: Tensor): Tensor =>
  broadcastTo(reshape(share, [share.shape[0] ?? 1, ...like.shape.slice(1).map(() => 1)]), like.shape);

/** Of a sample and of its partner, as much of each as the mixture has of it. `of` takes labels [batch, …] to numbers [batch, …]. */
function mixed({ labels, mixture }: Given, of: (labels: Tensor) => Tensor): Tensor {
  const own = of(labels);
  if (mixture === undefined || mixture === null) return own;
  const share = forEach(mixture.share, own);
  return add(multiply(share, own), multiply(subtract(1, share), of(gather(labels, mixture.partner))));
}

/**
 * Loss of each sample, [batch], the mean over its positions, times the weight of its class. Where samples were mixed, that of both
 * labels, as much of each; numbers are mixed themselves.
 */
export function sampleLosses({ loss, lossParameters, objective }: Valued, output: Tensor, given: Given): Tensor {
  if (objective.target.kind === 'values') {
    const wanted = objective.comparesWith === 'input' ? given.samples : mixed(given, (labels) => labels);
    return loss.forward(output, wanted, lossParameters);
  }
  return mixed(given, (labels) => {
    const [batch = 1] = labels.shape;
    const count = sizeOf(labels.shape);
    const losses = loss.forward(positionsFirst(output, labels), reshape(labels, [count]), lossParameters);
    return labels.shape.length === 1 ? losses : mean(reshape(losses, [batch, count / batch]), [1]);
  });
}

/** How much a sample or position of each class counts in the mean; empty where all count alike. */
export const classWeightsOf = ({ loss, lossParameters }: Pick<Valued, 'loss' | 'lossParameters'>): readonly number[] =>
  loss.classWeights?.(lossParameters) ?? [];

/**
 * Loss of the batch, a scalar: the mean over samples and positions, weighted as PyTorch's reduction 'mean' weights it: what all
 * lose together, divided by the weights of their classes. NaN where those add up to 0.
 */
export function batchLoss(valued: Valued, output: Tensor, given: Given): Tensor {
  const losses = mean(sampleLosses(valued, output, given));
  const weights = classWeightsOf(valued);
  return weights.length === 0 ? losses : divide(losses, mean(mixed(given, (labels) => table(labels, weights))));
}

/** Whether the outputs are compared with the numbers of the labels: regression, or several questions of yes or no. */
export const hasTargets = ({ objective }: Pick<Valued, 'objective'>): boolean =>
  objective.target.kind === 'values' && objective.comparesWith === 'label';

/** What the network says the targets are, of the output's shape. */
export const estimates = ({ loss }: Pick<Valued, 'loss'>, output: Tensor): Tensor => loss.estimates?.(output) ?? output;

/** |estimate − target| of each target of each sample, of the output's shape; against what mixed samples are compared with. */
export const distances = (valued: Valued, output: Tensor, given: Given): Tensor =>
  absolute(
    subtract(
      estimates(valued, output),
      mixed(given, (labels) => labels),
    ),
  );

/**
 * Index (i32, of the labels' shape) of the greatest element of the output of each sample or position: the predicted class. A
 * single output is the second class where it is beyond the loss's decision.
 */
export function predictedClasses({ loss }: Pick<Valued, 'loss'>, output: Tensor, labels: Tensor): Tensor {
  const count = sizeOf(labels.shape);
  const outputs = sizeOf(output.shape) / count;
  if (outputs === 1) return cast(greater(reshape(output, labels.shape), loss.decision), 'i32');
  return reshape(argMax(reshape(output, [count, outputs])), labels.shape);
}
