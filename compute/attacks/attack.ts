/**
 * What an attack is: one file of this folder, <kind>.attack.ts, that exports `attack = defineAttack({…})`. It changes a
 * sample a little so that the network errs; it sees tensors, no device.
 */
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';
import type { Tensor } from '../graph/tensor';

export interface AttackContext {
  /** The samples as they were, [batch, …]. */
  readonly clean: Tensor;
  /** The samples as they have become. */
  readonly current: Tensor;
  /** ∂loss/∂current for the true labels. */
  readonly gradient: Tensor;
  /** Scalars, in units of the input. */
  readonly epsilon: Tensor;
  readonly stepSize: Tensor;
  /** Least and greatest value of an input. */
  readonly range: readonly [minimum: number, maximum: number];
}

/** The numbers of one attack; a change of them needs no new program. */
export interface AttackPlan {
  /** Radius of the ball in which samples may move, in units of the input. */
  readonly epsilon: number;
  readonly stepSize: number;
  /** How often `update` is applied. */
  readonly steps: number;
  /** Where to start: at the sample itself, or at a random place in the ball that the seed determines. */
  readonly start: 'sample' | { readonly seed: number };
}

export interface AttackDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly parameters: Schema;
  readonly plan: (parameters: Values) => AttackPlan;
  /** The next samples, within the ball and the range. */
  readonly update: (context: AttackContext) => Tensor;
}

export const defineAttack = <const Schema extends ParameterSchema>(
  definition: AttackDefinition<Schema, ValuesOf<Schema>>,
): AttackDefinition =>
  // As for layers: values come through checkParameters.
  definition as unknown as AttackDefinition;
