/** What a loss is: one file of this folder, <kind>.loss.ts, that exports `loss = defineLoss({…})`. */
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';
import type { Outcome } from '../graph/problem';
import type { Shape, Tensor } from '../graph/tensor';

/** What the output for one sample is compared with: one of so many classes, or numbers of this shape. */
export type Target = { readonly kind: 'class'; readonly classes: number } | { readonly kind: 'values'; readonly shape: Shape };

export interface LossSample<Values> {
  readonly name: string;
  /** Of one sample. */
  readonly output: Shape;
  readonly target: Target;
  readonly parameters: Values;
  /** Between which the outputs are drawn; −2 and 2 if absent. Targets that are numbers are drawn from 0 … 1. */
  readonly range?: readonly [number, number];
}

export interface LossDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  /** Of one sample, in plain text with Unicode signs: x are the n outputs, y the target. */
  readonly formula: string;
  readonly parameters: Schema;
  /** Whether outputs of this shape (no batch axis) can be compared with the target. */
  readonly accepts: (output: Shape, target: Target, parameters: Values) => Outcome<true>;
  /** Loss of each sample, [batch], from outputs [batch, …] and class labels i32 [batch] or numbers f32 [batch, …]. */
  readonly forward: (output: Tensor, target: Tensor, parameters: Values) => Tensor;
  /**
   * How much a sample of each class counts in the mean over samples; all count alike if it is absent or gives none. What
   * `forward` gives is multiplied by it already.
   */
  readonly classWeights?: (parameters: Values) => readonly number[];
  /** Class probabilities or scores to show, [batch, classes], from outputs; a single output stands for two classes. */
  readonly probabilities: (output: Tensor) => Tensor;
  /** What the network says numbers are that it is trained to tell, from outputs; the outputs themselves if absent. */
  readonly estimates?: (output: Tensor) => Tensor;
  /** Between which numbers to compare with must lie; anywhere if absent. */
  readonly targetRange?: readonly [least: number, greatest: number];
  /** A single output that is greater means the second of two classes. */
  readonly decision: number;
  /**
   * A PyTorch expression over `output` and `target` (labels or numbers) for the mean loss, which is what a batch is trained by;
   * `each` for the loss of each sample, as `forward` gives it.
   */
  readonly pytorch: (parameters: Values, output: Shape, target: Target, reduction: 'mean' | 'each') => string;
  /** Cases for the conformance suite and for the comparison with PyTorch: each parameter, each kind of target. */
  readonly samples: readonly LossSample<Values>[];
}

export const defineLoss = <const Schema extends ParameterSchema>(definition: LossDefinition<Schema, ValuesOf<Schema>>): LossDefinition =>
  // As for layers: values come through checkParameters.
  definition as unknown as LossDefinition;
