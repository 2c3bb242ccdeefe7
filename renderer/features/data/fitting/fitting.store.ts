/** Whether the open network fits the open data, and one click that makes it fit: one edit, that can be undone. */
import { defineStore } from 'pinia';
import { computed } from 'vue';
import { proposeFit } from '../../../../compute/training/fitting/fitting';
import { useProjectStore } from '../../project';
import { useDataStore } from '../data.store';
import { formOf } from '../dataset-form';

export const useFittingStore = defineStore('fitting', () => {
  const data = useDataStore();
  const project = useProjectStore();

  /** Null where everything fits, or nothing is open. */
  const fitting = computed(() => {
    const dataset = data.opened?.dataset;
    const { document, training } = project.content;
    return dataset ? proposeFit(document, training, formOf(dataset)) : null;
  });

  function adapt(): void {
    const wanted = fitting.value;
    if (wanted === null) return;
    project.edit('import.adaptEdit', (draft) => {
      // Drafts are written to; the document is a copy of its own.
      draft.document = structuredClone(wanted.document) as typeof draft.document;
      if (wanted.kind === 'network') draft.layout = {};
      draft.training = structuredClone(wanted.training);
    });
  }

  return { fitting, adapt };
});
