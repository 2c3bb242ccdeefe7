/** All kinds of initializers, collected from the files of this folder, and the first values of a weight. */
import { philox, streamKey, uniformOf } from '../graph/philox';
import { sizeOf, type Shape } from '../graph/tensor';
import type { WeightInitializer } from '../layers/layer';
import type { InitializerDefinition } from './initializer';

const found = import.meta.glob<InitializerDefinition>('./*.initializer.ts', { eager: true, import: 'initializer' });

/** By kind. */
export const initializers: ReadonlyMap<string, InitializerDefinition> = new Map(
  Object.values(found).map((definition) => [definition.kind, definition]),
);

/** Tells the counters of initial weights from those of every training step: steps are i32 and not negative. */
const INITIALIZATION = 0xffffffff;

/**
 * First values of a weight, row-major. They depend on the seed (u32), the weight's name and the position alone: adding a
 * layer elsewhere changes none of them. Throws a RangeError for a kind that no file defines.
 */
export function initialValues(specification: WeightInitializer, shape: Shape, seed: number, name: string): Float64Array {
  const definition = initializers.get(specification.kind);
  if (definition === undefined) throw new RangeError(`There is no initializer ${specification.kind}.`);
  const key = streamKey(name);
  const words = new Uint32Array(4);
  const values = new Float64Array(sizeOf(shape));
  for (let index = 0; index < values.length; index++) {
    philox(index, INITIALIZATION, key, 0, seed, 0, words);
    values[index] = definition.value(specification, uniformOf(words[0] ?? 0), uniformOf(words[1] ?? 0), index);
  }
  return definition.whole?.(values, shape) ?? values;
}
