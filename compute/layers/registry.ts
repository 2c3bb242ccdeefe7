/** All kinds of layers, collected from the files of this folder: a new file is a new kind, and no list is kept. */
import { layerGroups, type LayerDefinition } from './layer';

const found = import.meta.glob<LayerDefinition>('./*.layer.ts', { eager: true, import: 'layer' });

/** By kind, in the order of the palette: by group, then by label. */
export const layers: ReadonlyMap<string, LayerDefinition> = new Map(
  Object.values(found)
    .sort((a, b) => layerGroups.indexOf(a.group) - layerGroups.indexOf(b.group) || a.label.localeCompare(b.label, 'en'))
    .map((definition) => [definition.kind, definition]),
);
