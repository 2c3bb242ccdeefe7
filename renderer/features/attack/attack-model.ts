/** What the attack panel works with, pure: parameters with their ε, the factor that makes a perturbation visible, the verdict. */
import { defaultsOf, type ParameterSchema, type ParameterValues } from '../../../compute/graph/parameter-schema';
import type { AttackSampleResult } from '../../../compute/worker/protocol';

/** ε stands apart as a slider; the others are a form. */
export const epsilonName = 'epsilon';

export const othersOf = (schema: ParameterSchema): ParameterSchema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== epsilonName));

/** The attack's own values over its defaults, with this ε. */
export const parametersWith = (schema: ParameterSchema, values: ParameterValues, epsilon: number): ParameterValues => ({
  ...defaultsOf(schema),
  ...Object.fromEntries(Object.entries(values).filter(([name]) => name in schema)),
  [epsilonName]: epsilon,
});

/** The largest change of one number. */
export function largestChange(perturbation: ArrayLike<number>): number {
  let largest = 0;
  for (let index = 0; index < perturbation.length; index++) largest = Math.max(largest, Math.abs(perturbation[index] ?? 0));
  return largest;
}

/** By how much the picture of a perturbation is amplified when its largest change is drawn at full strength. */
export const amplification = (largest: number): number => (largest > 0 ? 1 / largest : 1);

/**
 * `already-wrong`: the clean sample is not predicted as its class, so there is nothing to fool. `fooled`: the attacked
 * one is predicted as another class. `held`: it is not.
 */
export type Verdict = 'already-wrong' | 'fooled' | 'held';

export function verdictOf({ clean, adversarial }: Pick<AttackSampleResult, 'clean' | 'adversarial'>, label: number): Verdict {
  if (clean.predicted !== label) return 'already-wrong';
  return adversarial.predicted === label ? 'held' : 'fooled';
}
