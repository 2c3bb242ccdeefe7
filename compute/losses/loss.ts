/** What a loss is: one file of this folder, <kind>.loss.ts, that exports `loss = defineLoss({…})`. */
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';
import type { Outcome } from '../graph/problem';
import type { Shape, Tensor } from '../graph/tensor';

export interface LossDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly parameters: Schema;
  /** Whether outputs of this shape (no batch axis) and this many classes go together. */
  readonly accepts: (output: Shape, classes: number) => Outcome<true>;
  /** Loss of each sample, [batch], from outputs [batch, …] and class labels i32 [batch]. The objective is their mean. */
  readonly forward: (output: Tensor, labels: Tensor, parameters: Values) => Tensor;
  /** Class probabilities or scores to show, [batch, classes], from outputs. */
  readonly probabilities: (output: Tensor) => Tensor;
  /** A PyTorch expression over `output` and `target` (labels) for the mean loss. */
  readonly pytorch: (parameters: Values) => string;
}

export const defineLoss = <const Schema extends ParameterSchema>(definition: LossDefinition<Schema, ValuesOf<Schema>>): LossDefinition =>
  // As for layers: values come through checkParameters.
  definition as unknown as LossDefinition;
