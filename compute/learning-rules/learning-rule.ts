/** What a learning rule is: one file of this folder, <kind>.learning-rule.ts, that exports `learningRule = defineLearningRule({…})`. */
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';
import type { Tensor } from '../graph/tensor';

/** One batch, as the forward pass has computed it. */
export interface LearningContext {
  /** Mean loss of the batch, a scalar. */
  readonly objective: Tensor;
  /** What is passed back from the objective is to be so many times as large, and what is given not: see `gradients`. */
  readonly gradientScale: number;
  /** The weights that are to learn. */
  readonly weights: readonly { readonly name: string; readonly node: string; readonly tensor: Tensor }[];
  /** The output of each node, [batch, …]; the last is what the objective was computed from. */
  readonly activations: ReadonlyMap<string, Tensor>;
}

export interface LearningRuleDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  /** In plain text with Unicode signs: g is what stands in for the gradient of a weight w. */
  readonly formula: string;
  readonly parameters: Schema;
  /** For each weight, in order, a tensor of its shape: the optimizer moves the weight against it, as it does with a gradient. */
  readonly directions: (context: LearningContext, parameters: Values) => readonly Tensor[];
}

export const defineLearningRule = <const Schema extends ParameterSchema>(
  definition: LearningRuleDefinition<Schema, ValuesOf<Schema>>,
): LearningRuleDefinition =>
  // As for layers: values come through checkParameters.
  definition as unknown as LearningRuleDefinition;
