/** The options of `hebb train` that say how samples are prepared and weighed, and the settings that they make of those of the model. */
import { augmentations } from '../../compute/augmentations/registry';
import { normalizations, type TrainingSettings } from '../../compute/graph/training-settings';
import { losses } from '../../compute/losses/registry';
import { balancedWeights } from '../../compute/training/class-weights';
import { classCounts, type Dataset } from '../../compute/training/dataset';
import { ServiceError } from '../services/service-error';
import { componentList } from './component-option';
import { choice, type OptionValues } from './options';

export const preparationOptions = {
  normalize: choice(normalizations, 'what is done to every sample, by numbers of the training split alone'),
  'standardize-targets': choice(
    ['yes', 'no'],
    'of a regression: whether the loss compares in deviations of the training split from its mean',
  ),
  augment: componentList(augmentations, 'none, or what is done at random to the samples of each batch while training, in this order'),
  'class-weights': choice(['balanced', 'none'], 'balanced: all classes of the training split together count alike in the loss'),
};

type Values = OptionValues<typeof preparationOptions>;

/** How samples are normalised and targets standardised, with what the command line says over it. */
export function scaled(
  base: TrainingSettings['preparation'],
  values: Pick<Values, 'normalize' | 'standardize-targets'>,
): TrainingSettings['preparation'] {
  const standardize = values['standardize-targets'];
  return {
    ...base,
    normalization: values.normalize ?? base.normalization,
    standardizeTargets: standardize === null ? base.standardizeTargets : standardize === 'yes',
  };
}

/** The settings with those of the command line over them. Error: cli.no-class-weights. */
export function preparedSettings(base: TrainingSettings, values: Values, dataset: Dataset): TrainingSettings {
  const preparation = { ...scaled(base.preparation, values), augmentation: [...(values.augment ?? base.preparation.augmentation)] };
  const weighing = values['class-weights'];
  if (weighing === null) return { ...base, preparation };
  const { kind, parameters } = base.loss;
  const { classWeights: _, ...others } = parameters;
  if (weighing === 'none') return { ...base, preparation, loss: { kind, parameters: others } };
  if (dataset.classes.length === 0 || losses.get(kind)?.parameters['classWeights'] === undefined)
    throw new ServiceError('cli.no-class-weights', { loss: kind, dataset: dataset.name });
  const classWeights = balancedWeights(classCounts(dataset.splits.train, dataset.classes.length));
  return { ...base, preparation, loss: { kind, parameters: { ...others, classWeights } } };
}
