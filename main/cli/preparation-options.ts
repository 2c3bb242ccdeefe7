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
  augment: componentList(augmentations, 'none, or what is done at random to the samples of each batch while training, in this order'),
  'class-weights': choice(['balanced', 'none'], 'balanced: all classes of the training split together count alike in the loss'),
};

type Values = OptionValues<typeof preparationOptions>;

/** The settings with those of the command line over them. Error: cli.no-class-weights. */
export function preparedSettings(base: TrainingSettings, values: Values, dataset: Dataset): TrainingSettings {
  const { normalization, augmentation } = base.preparation;
  const preparation = { normalization: values.normalize ?? normalization, augmentation: [...(values.augment ?? augmentation)] };
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
