/** All kinds of attacks, collected from the files of this folder: a new file is a new kind, and no list is kept. */
import type { AttackDefinition } from './attack';

const found = import.meta.glob<AttackDefinition>('./*.attack.ts', { eager: true, import: 'attack' });

/** By kind. */
export const attacks: ReadonlyMap<string, AttackDefinition> = new Map(
  Object.values(found).map((definition) => [definition.kind, definition]),
);
