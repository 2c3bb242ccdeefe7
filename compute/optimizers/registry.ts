/** All kinds of optimizers, collected from the files of this folder. */
import type { OptimizerDefinition } from './optimizer';

const found = import.meta.glob<OptimizerDefinition>('./*.optimizer.ts', { eager: true, import: 'optimizer' });

/** By kind, in the order of their labels. */
export const optimizers: ReadonlyMap<string, OptimizerDefinition> = new Map(
  Object.values(found)
    .sort((a, b) => a.label.localeCompare(b.label, 'en'))
    .map((definition) => [definition.kind, definition]),
);
