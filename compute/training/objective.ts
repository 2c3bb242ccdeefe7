/**
 * What a network's output is worth: the loss of each sample and the predicted classes, whether a sample has one class or
 * one a position. It knows no program and no device.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, sizeOf, type Shape, type Tensor } from '../graph/tensor';
import type { ParameterValues } from '../graph/parameter-schema';
import type { TrainingSettings } from '../graph/training-settings';
import type { LossDefinition, Target } from '../losses/loss';
import { cast } from '../ops/cast.op';
import { argMax } from '../ops/classes';
import { divide } from '../ops/divide.op';
import { greater } from '../ops/greater.op';
import { mean } from '../ops/mean';
import { reshape } from '../ops/reshape.op';
import { table } from '../ops/table.op';
import type { Dataset } from './dataset';

/** What the outputs for one sample are compared with; `positions` are the axes of its labels, [] where it has one. */
export interface Objective {
  readonly target: Target;
  readonly positions: Shape;
}

/** Problem: `training.target-tokens` where the samples themselves are the target and are no numbers. */
export function objectiveOf(
  wanted: TrainingSettings['target'],
  dataset: Pick<Dataset, 'sampleShape' | 'sampleType' | 'labelShape' | 'classes'>,
): Outcome<Objective> {
  if (wanted === 'label')
    return success({ target: { kind: 'class', classes: dataset.classes.length }, positions: dataset.labelShape ?? [] });
  if (dataset.sampleType === 'i32') return failure('training.target-tokens');
  return success({ target: { kind: 'values', shape: dataset.sampleShape }, positions: [] });
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

/**
 * Loss of each sample, [batch], the mean over its positions, times the weight of its class. Labels are i32 [batch] or [batch, …positions]; samples are f32
 * [batch, …], looked at where they are the target.
 */
export function sampleLosses(
  { loss, lossParameters, objective }: Valued,
  output: Tensor,
  { samples, labels }: { readonly samples: Tensor; readonly labels: Tensor },
): Tensor {
  if (objective.target.kind === 'values') return loss.forward(output, samples, lossParameters);
  const [batch = 1] = labels.shape;
  const count = sizeOf(labels.shape);
  const losses = loss.forward(positionsFirst(output, labels), reshape(labels, [count]), lossParameters);
  return labels.shape.length === 1 ? losses : mean(reshape(losses, [batch, count / batch]), [1]);
}

/** How much a sample or position of each class counts in the mean; empty where all count alike. */
export const classWeightsOf = ({ loss, lossParameters }: Pick<Valued, 'loss' | 'lossParameters'>): readonly number[] =>
  loss.classWeights?.(lossParameters) ?? [];

/**
 * Loss of the batch, a scalar: the mean over samples and positions, weighted as PyTorch's reduction 'mean' weights it: what all
 * lose together, divided by the weights of their classes. NaN where those add up to 0.
 */
export function batchLoss(valued: Valued, output: Tensor, given: { readonly samples: Tensor; readonly labels: Tensor }): Tensor {
  const losses = mean(sampleLosses(valued, output, given));
  const weights = classWeightsOf(valued);
  return weights.length === 0 ? losses : divide(losses, mean(table(given.labels, weights)));
}

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
