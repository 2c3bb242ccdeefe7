/** The training feature's public side: the transport, the training store, settings by schema, curves. */
import type { Feature } from '../feature';
import { commands } from './commands';
import DeviceStatus from './DeviceStatus.vue';
import ResultsPanel from './ResultsPanel.vue';
import TrainingPanel from './TrainingPanel.vue';
import TrainingStatus from './TrainingStatus.vue';
import TransportBar from './TransportBar.vue';

export { useTrainStore } from './train.store';

export const feature: Feature = {
  panels: [
    { id: 'transport', place: 'transport', label: 'train.transport', order: 10, component: TransportBar },
    { id: 'device', place: 'status', label: 'train.device.title', order: 15, component: DeviceStatus },
    { id: 'training-status', place: 'status', label: 'train.statusName', order: 20, component: TrainingStatus },
    { id: 'training', place: 'bottom', label: 'train.title', icon: 'chart', order: 10, component: TrainingPanel },
    { id: 'results', place: 'bottom', label: 'train.results.title', icon: 'table', order: 20, component: ResultsPanel },
  ],
  commands,
};
