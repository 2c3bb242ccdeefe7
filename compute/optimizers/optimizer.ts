/** What an optimizer is: one file of this folder, <kind>.optimizer.ts, that exports `optimizer = defineOptimizer({…})`. */
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';
import type { Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { multiply } from '../ops/multiply.op';

export interface UpdateContext {
  /** All trainable weights as one tensor, [n]. */
  readonly weight: Tensor;
  /** ∂L/∂weight, clipped, plus weight decay unless the optimizer decouples it, [n]. */
  readonly gradient: Tensor;
  /** The optimizer's own state, one tensor [n] a slot, zero at first. */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** Scalar tensors. `step` counts from 1, f32. */
  readonly learningRate: Tensor;
  readonly step: Tensor;
  /** Of the settings; for optimizers that decouple it. */
  readonly weightDecay: number;
}

export interface OptimizerDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly parameters: Schema;
  /** A rate to begin with where none was chosen. */
  readonly defaultLearningRate: number;
  /** It shrinks the weights by itself instead of having weight decay added to the gradient. */
  readonly decouplesWeightDecay: boolean;
  /** How it moves a weight w along its gradient g with the rate η, in plain text with Unicode signs; t is the step. */
  readonly formula: string;
  /** Names of the arrays, each of the size of all weights, that it keeps. */
  readonly slots: (parameters: Values) => readonly string[];
  /** Elementwise, so that it becomes one kernel over all weights. */
  readonly update: (
    context: UpdateContext,
    parameters: Values,
  ) => { readonly weight: Tensor; readonly slots: Readonly<Record<string, Tensor>> };
  /** A PyTorch expression over `parameters`, `learning_rate` and `weight_decay`. */
  readonly pytorch: (parameters: Values) => string;
  /** Parameters under which the tests compare it with PyTorch; the first are its defaults. */
  readonly samples: readonly Values[];
}

export const defineOptimizer = <const Schema extends ParameterSchema>(
  definition: OptimizerDefinition<Schema, ValuesOf<Schema>>,
): OptimizerDefinition =>
  // As for layers: values come through checkParameters.
  definition as unknown as OptimizerDefinition;

/** A slot by its name; throws a TypeError if it was not given. */
export function slotOf(slots: UpdateContext['slots'], name: string): Tensor {
  const slot = slots[name];
  if (slot === undefined) throw new TypeError(`The optimizer was given no ${name}.`);
  return slot;
}

/** An exponential average that is moved on: β · average + (1 − β) · value. */
export const decayed = (average: Tensor, value: Tensor, beta: number): Tensor => add(multiply(average, beta), multiply(value, 1 - beta));
