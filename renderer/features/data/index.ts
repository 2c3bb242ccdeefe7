/** The data feature's public side: the data dock, samples and their reader, the sample under the lens. */
import type { Feature } from '../feature';
import { useCaptureStore } from './capture/capture.store';
import CapturePanel from './capture/CapturePanel.vue';
import DataPanel from './DataPanel.vue';
import DataStatus from './DataStatus.vue';
import { useImportStore } from './import/import.store';
import ImportPanel from './import/ImportPanel.vue';

export { default as CountBars } from './CountBars.vue';
export { default as DigitPad } from './DigitPad.vue';
export { default as SampleTiles, type TileItem } from './SampleTiles.vue';
export { default as TokenCells } from './TokenCells.vue';
export { largestOf } from './largest';
export { takeFiles } from './take-files';
export { useDataStore } from './data.store';
export { formOf } from './dataset-form';
export type { Dataset, SampleReader } from './sample-reader';
export { useSampleStore, type ChosenSample } from './sample.store';

export const feature: Feature = {
  panels: [
    { id: 'data', place: 'left', label: 'data.title', icon: 'data', order: 20, component: DataPanel },
    {
      id: 'import',
      place: 'bottom',
      label: 'import.tab',
      icon: 'upload',
      order: 5,
      component: ImportPanel,
      shown: () => useImportStore().isOpen,
    },
    {
      id: 'capture',
      place: 'bottom',
      label: 'capture.tab',
      icon: 'pencil',
      order: 6,
      component: CapturePanel,
      shown: () => useCaptureStore().isOpen,
    },
    { id: 'data-status', place: 'status', label: 'data.title', order: 10, component: DataStatus },
  ],
  commands: () => {
    const imports = useImportStore();
    const capture = useCaptureStore();
    return [
      { id: 'import-data', label: 'import.open', icon: 'upload', shortcut: 'mod+shift+o', perform: imports.open },
      { id: 'capture-data', label: 'capture.open', icon: 'pencil', perform: capture.open },
    ];
  },
};
