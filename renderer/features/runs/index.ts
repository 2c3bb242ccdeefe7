/** The runs feature's public side. */
import type { Command, Feature } from '../feature';
import { useWorkspaceStore } from '../workspace.store';
import ComparePanel from './ComparePanel.vue';
import RunsPanel from './RunsPanel.vue';

export { default as LookingBanner } from './LookingBanner.vue';

function commands(): readonly Command[] {
  const workspace = useWorkspaceStore();
  return [
    {
      id: 'compare-runs',
      label: 'runs.commands.compare',
      icon: 'table',
      perform: () => {
        workspace.showPanel('bottom', 'compare');
        workspace.maximised = 'bottom';
      },
    },
  ];
}

export const feature: Feature = {
  panels: [
    { id: 'runs', place: 'left', label: 'runs.title', icon: 'runs', order: 30, component: RunsPanel },
    { id: 'compare', place: 'bottom', label: 'runs.compare', icon: 'table', order: 30, component: ComparePanel },
  ],
  commands,
};
