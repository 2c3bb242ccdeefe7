/**
 * What an initializer is: one file of this folder, <kind>.initializer.ts, that exports `initializer = defineInitializer({…})`.
 * It turns uniform random numbers into the first value of each weight, in float64 and on the CPU, so that every device starts from the same numbers.
 */
import type { Shape } from '../graph/tensor';
import type { WeightInitializer } from '../layers/layer';

export interface InitializerDefinition<Kind extends WeightInitializer['kind'] = WeightInitializer['kind']> {
  readonly kind: Kind;
  readonly label: string;
  readonly help: string;
  /** One weight, from two independent uniform numbers: `first` in [0, 1), `second` in [0, 1); `index` is its row-major place. */
  readonly value: (specification: WeightInitializer & { readonly kind: Kind }, first: number, second: number, index: number) => number;
  /** All of a weight at once, where its numbers depend on each other: from what `value` gave for each, of the weight's shape. */
  readonly whole?: (values: Float64Array, shape: Shape) => Float64Array;
}

export const defineInitializer = <const Kind extends WeightInitializer['kind']>(
  definition: InitializerDefinition<Kind>,
): InitializerDefinition =>
  // The registry hands a specification only to the definition of its kind.
  definition as unknown as InitializerDefinition;

/** A uniform number in ±bound. */
export const uniformWithin = (bound: number, first: number): number => bound * (2 * first - 1);

/** A standard normal number, by Box and Muller (1958); 1 − first is never 0. */
export const normal = (first: number, second: number): number => Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
