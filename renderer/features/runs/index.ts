/** The runs feature's public side. */
import type { Feature } from '../feature';
import RunsPanel from './RunsPanel.vue';

export const feature: Feature = {
  panels: [{ id: 'runs', place: 'left', label: 'runs.title', icon: 'runs', order: 30, component: RunsPanel }],
};
