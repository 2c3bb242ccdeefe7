/** The project feature's public side. */
import { useI18n } from 'vue-i18n';
import { useProblemText } from '../../language/problem-text';
import { announce, notify } from '../../ui/announcements';
import type { Command, Feature } from '../feature';
import { useProjectStore } from './project.store';

export { emptyContent, type Position, type ProjectContent } from './content';
export { useProjectStore, type SavedState } from './project.store';
export { default as ProjectDialogs } from './ProjectDialogs.vue';
export { weightsUpload, type WeightsUpload } from './weights-upload';

function commands(): readonly Command[] {
  const project = useProjectStore();
  const { t } = useI18n({ useScope: 'global' });
  const problemText = useProblemText();
  const isOpen = () => project.token !== null;
  const walk = (key: 'undone' | 'redone', label: string | null, step: () => void) => {
    step();
    if (label !== null) announce(t(`project.history.${key}`, { edit: t(label) }));
  };
  return [
    {
      id: 'undo',
      label: 'app.undo',
      icon: 'undo',
      shortcut: 'mod+z',
      enabled: () => project.canUndo,
      perform: () => {
        walk('undone', project.undoLabel, project.undo);
      },
    },
    {
      id: 'redo',
      label: 'app.redo',
      icon: 'redo',
      shortcut: 'mod+shift+z',
      enabled: () => project.canRedo,
      perform: () => {
        walk('redone', project.redoLabel, project.redo);
      },
    },
    {
      id: 'new-project',
      label: 'project.commands.new',
      icon: 'add',
      perform: () => {
        project.dialog = 'new';
      },
    },
    {
      id: 'open-project',
      label: 'project.commands.open',
      icon: 'folder',
      shortcut: 'mod+o',
      perform: () => {
        project.dialog = 'open';
      },
    },
    {
      id: 'save-project',
      label: 'project.commands.save',
      icon: 'save',
      shortcut: 'mod+s',
      enabled: isOpen,
      perform: async () => {
        if (await project.save()) announce(t('project.saved', { location: project.location }));
        else if (project.error) notify({ tone: 'error', text: problemText(project.error) });
      },
    },
    {
      id: 'save-project-as',
      label: 'project.commands.save-as',
      icon: 'copy',
      shortcut: 'mod+shift+s',
      enabled: isOpen,
      perform: () => {
        project.dialog = 'save-as';
      },
    },
    {
      id: 'versions',
      label: 'project.commands.versions',
      icon: 'history',
      enabled: isOpen,
      perform: () => {
        project.dialog = 'versions';
      },
    },
    {
      id: 'export',
      label: 'project.commands.export',
      icon: 'export',
      shortcut: 'mod+e',
      enabled: isOpen,
      perform: () => {
        project.dialog = 'export';
      },
    },
  ];
}

export const feature: Feature = { commands };
