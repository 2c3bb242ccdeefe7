/** All blocks, collected from the files of this folder. */
import type { BlockDefinition } from './block';

const found = import.meta.glob<BlockDefinition>('./*.block.ts', { eager: true, import: 'block' });

/** By kind, in the order of their labels; no kind is a layer's too. */
export const blocks: ReadonlyMap<string, BlockDefinition> = new Map(
  Object.values(found)
    .sort((a, b) => a.label.localeCompare(b.label, 'en'))
    .map((definition) => [definition.kind, definition]),
);
