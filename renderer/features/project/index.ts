/** The project feature's public side. */
import { useI18n } from 'vue-i18n';
import { kerasSource } from '../../../compute/export/keras/source';
import { pytorchModel } from '../../../compute/export/pytorch/model-source';
import type { ModelDocument } from '../../../compute/graph/model-document';
import { success, type Outcome } from '../../../compute/graph/problem';
import { useProblemText } from '../../language/problem-text';
import { announce, notify } from '../../ui/announcements';
import type { Command, Feature } from '../feature';
import { useProjectStore } from './project.store';

export { default as FolderBrowser } from './FolderBrowser.vue';
export { emptyContent, type Position, type ProjectContent } from './content';
export { useProjectStore, type SavedState } from './project.store';
export { default as ProjectDialogs } from './ProjectDialogs.vue';
export { usePictureSaving } from './save-picture';
export { exportUpload, type ExportUpload } from './export-upload';

function commands(): readonly Command[] {
  const project = useProjectStore();
  const { t } = useI18n({ useScope: 'global' });
  const problemText = useProblemText();
  const isOpen = () => project.token !== null;
  const walk = (key: 'undone' | 'redone', label: string | null, step: () => void) => {
    step();
    if (label !== null) announce(t(`project.history.${key}`, { edit: t(label) }));
  };
  /** Puts the network on the clipboard as a text. */
  const copy = async (write: () => Outcome<string>): Promise<void> => {
    const text = write();
    if (!text.ok) {
      notify({ tone: 'error', text: problemText(text.problem) });
      return;
    }
    try {
      await navigator.clipboard.writeText(text.value);
      notify({ tone: 'good', text: t('project.copied') });
    } catch {
      notify({ tone: 'error', text: t('project.not-copied') });
    }
  };
  const copying = (kind: 'pytorch' | 'keras' | 'json', write: (document: ModelDocument) => Outcome<string>): Command => ({
    id: `copy-${kind}`,
    label: `project.commands.copy-${kind}`,
    icon: 'copy',
    enabled: () => isOpen() && (kind === 'json' || project.analysis.valid),
    perform: () => copy(() => write(project.content.document)),
  });
  return [
    copying('pytorch', (document) => success(pytorchModel(document))),
    copying('keras', kerasSource),
    copying('json', (document) => success(JSON.stringify(document, null, 2))),
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
