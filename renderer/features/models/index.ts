/** Models and weights of other software: the dialog that takes them in, and transfer learning on what they became. */
import { useI18n } from 'vue-i18n';
import type { Problem } from '../../../compute/graph/problem';
import { useProblemText } from '../../language/problem-text';
import { announce, notify } from '../../ui/announcements';
import type { Feature } from '../feature';
import { useProjectStore } from '../project';
import { useModelsStore } from './models.store';

export { default as ModelDialog } from './ModelDialog.vue';
export { areModels } from './model-names';
export { useModelsStore } from './models.store';

export const feature: Feature = {
  commands: () => {
    const models = useModelsStore();
    const project = useProjectStore();
    const { t } = useI18n({ useScope: 'global' });
    const problemText = useProblemText();
    const canEdit = () => project.token !== null && !project.isReadOnly;
    const tell = (problem: Problem | null, label: string): void => {
      if (problem !== null) notify({ tone: 'error', text: problemText(problem) });
      else announce(t(label));
    };
    return [
      {
        id: 'open-model',
        label: 'models.commands.open',
        icon: 'upload',
        perform: () => {
          models.show('model');
        },
      },
      {
        id: 'take-weights',
        label: 'models.commands.weights',
        icon: 'upload',
        enabled: () => canEdit() && project.analysis.valid,
        perform: () => {
          models.show('weights');
        },
      },
      {
        id: 'new-head',
        label: 'models.commands.head',
        icon: 'layers',
        enabled: () => canEdit() && models.outputs !== null,
        perform: () => {
          tell(models.newHead(), 'models.edits.head');
        },
      },
      {
        id: 'freeze-body',
        label: 'models.commands.freeze',
        icon: 'lock',
        enabled: canEdit,
        perform: () => {
          tell(models.freezeBody(), 'models.edits.freeze');
        },
      },
    ];
  },
};
