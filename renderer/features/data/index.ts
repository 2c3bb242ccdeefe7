/** The data feature's public side: the data dock, samples and their reader, the sample under the lens. */
import type { Feature } from '../feature';
import DataPanel from './DataPanel.vue';
import DataStatus from './DataStatus.vue';

export { default as CountBars } from './CountBars.vue';
export { default as DigitPad } from './DigitPad.vue';
export { default as SampleTiles, type TileItem } from './SampleTiles.vue';
export { default as TokenCells } from './TokenCells.vue';
export { useDataStore } from './data.store';
export { pictureForm, picturePixels, type PictureForm } from './sample-picture';
export type { Dataset, SampleReader } from './sample-reader';
export { useSampleStore, type ChosenSample } from './sample.store';
export { largestOf, sequenceText } from './symbols';

export const feature: Feature = {
  panels: [
    { id: 'data', place: 'left', label: 'data.title', icon: 'data', order: 20, component: DataPanel },
    { id: 'data-status', place: 'status', label: 'data.title', order: 10, component: DataStatus },
  ],
};
