/** The browser of data: a panel of samples in a grid, on maps, by class and as a table. */
import type { Feature } from '../feature';
import BrowsePanel from './BrowsePanel.vue';

export const feature: Feature = {
  panels: [{ id: 'browse', place: 'bottom', label: 'browse.title', icon: 'data', order: 35, component: BrowsePanel }],
};
