/**
 * Whether the open network fits the open data, and one click that makes it fit: its ends are changed where that is enough, else
 * a small network for the data takes its place. One edit, that can be undone.
 */
import { defineStore } from 'pinia';
import { computed } from 'vue';
import type { TrainingSettings } from '../../../../compute/graph/training-settings';
import { analyseNetwork } from '../../../../compute/layers/network';
import { useProjectStore, type ProjectContent } from '../../project';
import { useDataStore } from '../data.store';
import { adaptationsFor, applyAdaptations, type Adaptation, type DataForm } from './adapt-network';
import { networkFor } from './network-for';

export interface Fitting {
  /** `ends`: of the network that is there. `network`: another one in its place. */
  readonly kind: 'ends' | 'network';
  readonly adaptations: readonly Adaptation[];
  readonly loss: TrainingSettings['loss'] | null;
  readonly document: ProjectContent['document'];
}

/** Losses that compare with classes: none of them can train a regression. */
const classLosses: readonly string[] = ['softmax-cross-entropy', 'hinge'];
const numberLoss: TrainingSettings['loss'] = { kind: 'mean-squared-error', parameters: {} };

export const useFittingStore = defineStore('fitting', () => {
  const data = useDataStore();
  const project = useProjectStore();

  /** Null where everything fits, or nothing is open. */
  const fitting = computed<Fitting | null>(() => {
    const dataset = data.opened?.dataset;
    const { document, training } = project.content;
    if (!dataset) return null;
    const isRegression = dataset.targetNames.length > 0;
    const comparesSamples = training.target === 'input';
    const form: DataForm = {
      sampleShape: dataset.sampleShape,
      sampleType: dataset.sampleType,
      vocabulary: dataset.symbols.length,
      // What gives its own samples back has as many outputs as inputs, whatever the labels are.
      outputs: comparesSamples ? 0 : isRegression ? dataset.targetNames.length : dataset.classes.length,
      isSequence: dataset.labelShape.length > 0 && !isRegression,
    };
    const loss = isRegression && !comparesSamples && classLosses.includes(training.loss.kind) ? numberLoss : null;
    const another = (): Fitting => ({ kind: 'network', adaptations: [], loss, document: networkFor(document.name, form) });
    if (document.nodes.length === 0) return form.outputs > 0 ? another() : null;
    const adaptations = adaptationsFor(document, project.analysis.input, project.analysis.output, form);
    if (adaptations.length === 0) return loss === null ? null : { kind: 'ends', adaptations, loss, document };
    const adapted = applyAdaptations(document, adaptations);
    const breaks = project.analysis.valid && !analyseNetwork(adapted).valid;
    return breaks && form.outputs > 0 ? another() : { kind: 'ends', adaptations, loss, document: adapted };
  });

  function adapt(): void {
    const wanted = fitting.value;
    if (wanted === null) return;
    project.edit('import.adaptEdit', (draft) => {
      // Drafts are written to; the document is a copy of its own.
      draft.document = structuredClone(wanted.document) as typeof draft.document;
      if (wanted.kind === 'network') draft.layout = {};
      if (wanted.loss !== null) draft.training.loss = { kind: wanted.loss.kind, parameters: {} };
    });
  }

  return { fitting, adapt };
});
