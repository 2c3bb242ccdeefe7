/** All kinds of augmentations, collected from the files of this folder: a new file is a new kind, and no list is kept. */
import type { AugmentationDefinition } from './augmentation';

const found = import.meta.glob<AugmentationDefinition>('./*.augmentation.ts', { eager: true, import: 'augmentation' });

/** By kind, in the order of their labels. */
export const augmentations: ReadonlyMap<string, AugmentationDefinition> = new Map(
  Object.values(found)
    .sort((a, b) => a.label.localeCompare(b.label, 'en'))
    .map((definition) => [definition.kind, definition]),
);
