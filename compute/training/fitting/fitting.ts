/**
 * How an open network would come to fit a data set: by changes of its ends, or else by a small network in its place. What fits
 * is what training accepts. Pure.
 */
import { acceptsSamples } from '../../augmentations/augmentation';
import { augmentations } from '../../augmentations/registry';
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
  /** What cannot be done to such samples: kinds of augmentations, and `normalization`. */
  readonly leftOut: readonly string[];
  readonly document: ModelDocument;
  readonly training: TrainingSettings;
}

/** Losses that compare with classes: none of them can train a regression. */
const classLosses: readonly string[] = ['softmax-cross-entropy', 'hinge'];

/** The settings with this loss. Numbers may be of any size: what they are compared in is their own deviation. */
const withLoss = (training: TrainingSettings, loss: Fitting['loss']): TrainingSettings =>
  loss === null ? training : { ...training, loss, preparation: { ...training.preparation, standardizeTargets: true } };

/** The settings without what cannot be done to samples of this kind: tokens have no mean, rows of a table no corners. */
function withoutStrange(
  training: TrainingSettings,
  dataset: DatasetForm,
): { readonly training: TrainingSettings; readonly leftOut: readonly string[] } {
  const { augmentation, normalization } = training.preparation;
  const isStrange = ({ kind }: (typeof augmentation)[number]): boolean => {
    const definition = augmentations.get(kind);
    return definition !== undefined && !acceptsSamples(definition, dataset).ok;
  };
  const hasMean = dataset.sampleType !== 'i32' || normalization === 'none';
  const preparation = {
    ...training.preparation,
    normalization: hasMean ? normalization : ('none' as const),
    augmentation: augmentation.filter((one) => !isStrange(one)),
  };
  const leftOut = [...(hasMean ? [] : ['normalization']), ...augmentation.filter(isStrange).map(({ kind }) => kind)];
  return { training: { ...training, preparation }, leftOut };
}

/** Null where the network fits, or where nothing that is known here would make it fit. */
export function proposeFit(document: ModelDocument, settings: TrainingSettings, dataset: DatasetForm): Fitting | null {
  if (prepareModel(document, settings, dataset).ok) return null;
  const { training, leftOut } = withoutStrange(settings, dataset);
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
  // Nothing but the samples' preparation is in the way.
  if (leftOut.length > 0 && fits(document, null)) return { kind: 'ends', adaptations: [], loss: null, leftOut, document, training };
  const analysis = analyseNetwork(document);
  const adaptations = adaptationsFor(document, analysis.input, analysis.output, form);
  const adapted = applyAdaptations(document, adaptations);
  if ((adaptations.length > 0 || loss !== null) && fits(adapted, loss))
    return { kind: 'ends', adaptations, loss, leftOut, document: adapted, training: withLoss(training, loss) };
  const another = networkFor(document.name, form);
  // A drawing that somebody is in the middle of is not to be swept away.
  const isOver = analysis.valid || document.nodes.length === 0;
  return isOver && form.outputs > 0 && fits(another, loss)
    ? { kind: 'network', adaptations: [], loss, leftOut, document: another, training: withLoss(training, loss) }
    : null;
}
