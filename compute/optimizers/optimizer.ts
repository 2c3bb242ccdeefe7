/** What an optimizer is: one file of this folder, <kind>.optimizer.ts, that exports `optimizer = defineOptimizer({…})`. */
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';
import type { Tensor } from '../graph/tensor';

export interface UpdateContext {
  /** All trainable weights as one tensor, [n]. */
  readonly weight: Tensor;
  /** ∂L/∂weight plus weight decay, [n]. */
  readonly gradient: Tensor;
  /** The optimizer's own state, one tensor [n] a slot, zero at first. */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** Scalar tensors. `step` counts from 1, f32. */
  readonly learningRate: Tensor;
  readonly step: Tensor;
}

export interface OptimizerDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly parameters: Schema;
  readonly slots: readonly string[];
  /** Elementwise, so that it becomes one kernel over all weights. */
  readonly update: (
    context: UpdateContext,
    parameters: Values,
  ) => { readonly weight: Tensor; readonly slots: Readonly<Record<string, Tensor>> };
  /** A PyTorch expression over `parameters`, `learning_rate` and `weight_decay`. */
  readonly pytorch: (parameters: Values) => string;
}

export const defineOptimizer = <const Schema extends ParameterSchema>(
  definition: OptimizerDefinition<Schema, ValuesOf<Schema>>,
): OptimizerDefinition =>
  // As for layers: values come through checkParameters.
  definition as unknown as OptimizerDefinition;
