/** The inspection feature's public side: the lens, the inspector's tabs, thumbnails for nodes, what others show of a sample. */
import type { Feature } from '../feature';
import NodeActivations from './NodeActivations.vue';
import NodeGradients from './NodeGradients.vue';
import NodeThumbnail from './NodeThumbnail.vue';
import NodeWeights from './NodeWeights.vue';
import SamplePanel from './SamplePanel.vue';

export { default as ProbabilityBars } from './ProbabilityBars.vue';
export { default as SampleTitle } from './SampleTitle.vue';

export const feature: Feature = {
  panels: [
    { id: 'sample', place: 'bottom', label: 'inspect.tab', icon: 'lens', order: 30, component: SamplePanel },
    { id: 'weights', place: 'node', label: 'inspect.weights', order: 10, component: NodeWeights },
    { id: 'activations', place: 'node', label: 'inspect.activations', order: 20, component: NodeActivations },
    { id: 'gradients', place: 'node', label: 'inspect.gradients', order: 30, component: NodeGradients },
    { id: 'thumbnail', place: 'thumbnail', label: 'inspect.activations', order: 10, component: NodeThumbnail },
  ],
};
