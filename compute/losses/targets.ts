/** How losses take their targets: which outputs fit, labels as numbers, single outputs as two classes. */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, sameShape, type Shape, type Tensor } from '../graph/tensor';
import { cast } from '../ops/cast.op';
import { oneHot } from '../ops/classes';
import { concatenate } from '../ops/concatenate';
import { mean } from '../ops/mean';
import { reshape } from '../ops/reshape.op';
import { subtract } from '../ops/subtract.op';
import type { Target } from './loss';

const isSingle = (output: Shape): boolean => output.length === 1 && output[0] === 1;

/** One output a class, and classes to compare with. Problems: `loss.classes`, `loss.needs-classes`. */
export function oneOutputPerClass(loss: string, output: Shape, target: Target): Outcome<true> {
  if (target.kind === 'values') return failure('loss.needs-classes', { loss });
  const { classes } = target;
  return output.length === 1 && output[0] === classes
    ? success(true)
    : failure('loss.classes', { loss, classes, actual: formatShape(output) });
}

/** One output a class, or a single one for two classes. Problems: `loss.classes`, `loss.needs-classes`. */
export const outputsForClasses = (loss: string, output: Shape, target: Target): Outcome<true> =>
  target.kind === 'class' && target.classes === 2 && isSingle(output) ? success(true) : oneOutputPerClass(loss, output, target);

/** As outputsForClasses, or outputs of the shape of the numbers. Problems: `loss.classes`, `loss.shape`. */
export function outputsForNumbers(loss: string, output: Shape, target: Target): Outcome<true> {
  if (target.kind === 'class') return outputsForClasses(loss, output, target);
  return sameShape(output, target.shape)
    ? success(true)
    : failure('loss.shape', { loss, expected: formatShape(target.shape), actual: formatShape(output) });
}

/** The target as numbers of the output's shape: labels become 1 for the right class and 0 elsewhere, or 0 and 1 for a single output. */
export function targetNumbers(output: Tensor, target: Tensor): Tensor {
  if (target.type === 'f32') return target;
  const classes = output.shape.at(-1) ?? 1;
  return classes === 1 ? reshape(cast(target, 'f32'), output.shape) : oneHot(target, classes);
}

/** The same as a PyTorch expression. */
export function pytorchNumbers(output: Shape, target: Target): string {
  if (target.kind === 'values') return 'target';
  return isSingle(output) ? 'target.to(output.dtype).unsqueeze(1)' : 'F.one_hot(target, output.shape[1]).to(output.dtype)';
}

/** A function of torch.nn.functional that takes numbers and their targets, as LossDefinition.pytorch says it. */
export const pytorchCall = (name: string, target: string, options: readonly string[], reduction: 'mean' | 'each'): string =>
  reduction === 'mean'
    ? `F.${name}(${['output', target, ...options].join(', ')})`
    : `F.${name}(${['output', target, ...options, 'reduction="none"'].join(', ')}).flatten(1).mean(1)`;

/** Mean over all that belongs to one sample: [batch, …] gives [batch]. */
export const meanOfSample = (values: Tensor): Tensor =>
  values.shape.length === 1
    ? values
    : mean(
        values,
        values.shape.map((_, axis) => axis).filter((axis) => axis > 0),
      );

/** [batch, 1] with the score of the second of two classes becomes [batch, 2], which add up to 1; others stay as they are. */
export const scoresOfClasses = (scores: Tensor): Tensor =>
  scores.shape.length === 2 && scores.shape[1] === 1 ? concatenate([subtract(1, scores), scores], 1) : scores;
