/** All kinds of losses, collected from the files of this folder. */
import type { LossDefinition } from './loss';

const found = import.meta.glob<LossDefinition>('./*.loss.ts', { eager: true, import: 'loss' });

/** By kind, in the order of their labels. */
export const losses: ReadonlyMap<string, LossDefinition> = new Map(
  Object.values(found)
    .sort((a, b) => a.label.localeCompare(b.label, 'en'))
    .map((definition) => [definition.kind, definition]),
);
