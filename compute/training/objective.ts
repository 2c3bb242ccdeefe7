/**
 * What a network's output is worth: the loss of each sample and the predicted classes, whether a sample has one class or
 * one a position. It knows no program and no device.
 */
import { failure, type Outcome } from '../graph/problem';
import { formatShape, sizeOf, type Shape, type Tensor } from '../graph/tensor';
import type { ParameterValues } from '../graph/parameter-schema';
import type { LossDefinition } from '../losses/loss';
import { argMax } from '../ops/classes';
import { mean } from '../ops/mean';
import { reshape } from '../ops/reshape.op';

/**
 * Whether outputs of this shape (no batch axis) fit labels of this shape and so many classes: where a sample has labels
 * [T], its output is [T, …] and the loss looks at each position. Problems: the loss's own, `training.positions`.
 */
export function acceptsOutput(loss: LossDefinition, output: Shape, labelShape: Shape, classes: number): Outcome<true> {
  const fits = labelShape.every((size, axis) => output[axis] === size) && output.length > labelShape.length;
  return labelShape.length === 0 || fits
    ? loss.accepts(output.slice(labelShape.length), classes)
    : failure('training.positions', { expected: formatShape([...labelShape, classes]), actual: formatShape(output) });
}

/** Positions as samples of their own: [batch, …labels, …] becomes [batch · labels, …]. */
function positionsFirst(output: Tensor, labels: Tensor): Tensor {
  const rank = labels.shape.length;
  return reshape(output, [sizeOf(labels.shape), ...output.shape.slice(rank)]);
}

/** Loss of each sample, [batch], the mean over its positions; labels are i32 [batch] or [batch, …positions]. */
export function sampleLosses(
  { loss, lossParameters }: { readonly loss: LossDefinition; readonly lossParameters: ParameterValues },
  output: Tensor,
  labels: Tensor,
): Tensor {
  const [batch = 1] = labels.shape;
  const count = sizeOf(labels.shape);
  const losses = loss.forward(positionsFirst(output, labels), reshape(labels, [count]), lossParameters);
  return labels.shape.length === 1 ? losses : mean(reshape(losses, [batch, count / batch]), [1]);
}

/** Index (i32, of the labels' shape) of the greatest element of the output of each sample or position: the predicted class. */
export function predictedClasses(output: Tensor, labels: Tensor): Tensor {
  const count = sizeOf(labels.shape);
  return reshape(argMax(reshape(output, [count, sizeOf(output.shape) / count])), labels.shape);
}
