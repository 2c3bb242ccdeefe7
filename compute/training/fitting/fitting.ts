/**
 * How an open network would come to fit a data set: by changes of its ends, or else by a small network in its place. What fits
 * is what training accepts. Pure.
 */
import type { ModelDocument } from '../../graph/model-document';
import type { TrainingSettings } from '../../graph/training-settings';
import { analyseNetwork } from '../../layers/network';
import { prepareModel, type DatasetForm } from '../model';
import { adaptationsFor, applyAdaptations, type Adaptation, type DataForm } from './adapt-network';
import { networkFor } from './network-for';

export interface Fitting {
  /** `ends`: of the network that is there. `network`: another one in its place. */
  readonly kind: 'ends' | 'network';
  /** Of the ends. */
  readonly adaptations: readonly Adaptation[];
  /** Another loss, where that of the settings cannot be: one of numbers, whose units are taken from the data. */
  readonly loss: TrainingSettings['loss'] | null;
  readonly document: ModelDocument;
}

/** Losses that compare with classes: none of them can train a regression. */
const classLosses: readonly string[] = ['softmax-cross-entropy', 'hinge'];

/** The settings with the loss of a fitting. Numbers may be of any size: what they are compared in is their own deviation. */
export const withLoss = (training: TrainingSettings, loss: Fitting['loss']): TrainingSettings =>
  loss === null ? training : { ...training, loss, preparation: { ...training.preparation, standardizeTargets: true } };

/** Null where the network fits, or where nothing that is known here would make it fit. */
export function proposeFit(document: ModelDocument, training: TrainingSettings, dataset: DatasetForm): Fitting | null {
  const isRegression = dataset.targetNames !== undefined;
  // What gives its own samples back has as many outputs as inputs, whatever the labels are.
  const comparesSamples = training.target === 'input';
  const form: DataForm = {
    sampleShape: dataset.sampleShape,
    sampleType: dataset.sampleType,
    vocabulary: dataset.vocabulary ?? 0,
    outputs: comparesSamples ? 0 : (dataset.targetNames ?? dataset.classes).length,
    isSequence: !isRegression && (dataset.labelShape ?? []).length > 0,
  };
  const loss: Fitting['loss'] =
    isRegression && !comparesSamples && classLosses.includes(training.loss.kind) ? { kind: 'mean-squared-error', parameters: {} } : null;
  const fits = (candidate: ModelDocument, other: Fitting['loss']): boolean =>
    prepareModel(candidate, withLoss(training, other), dataset).ok;
  if (fits(document, null)) return null;
  const analysis = analyseNetwork(document);
  const adaptations = adaptationsFor(document, analysis.input, analysis.output, form);
  const adapted = applyAdaptations(document, adaptations);
  if ((adaptations.length > 0 || loss !== null) && fits(adapted, loss)) return { kind: 'ends', adaptations, loss, document: adapted };
  const another = networkFor(document.name, form);
  // A drawing that somebody is in the middle of is not to be swept away.
  const isOver = analysis.valid || document.nodes.length === 0;
  return isOver && form.outputs > 0 && fits(another, loss) ? { kind: 'network', adaptations: [], loss, document: another } : null;
}
