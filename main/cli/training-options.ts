/** The options of `hebb train` that say how the weights learn, and the settings that they make of those of the model. */
import type { ModelDocument } from '../../compute/graph/model-document';
import { precisions, type StoppingSettings, type TrainingSettings } from '../../compute/graph/training-settings';
import { losses } from '../../compute/losses/registry';
import { optimizers } from '../../compute/optimizers/registry';
import { schedules } from '../../compute/schedules/registry';
import { ServiceError } from '../services/service-error';
import { component } from './component-option';
import { choice, decimal, flag, text, wholeNumber, type OptionValues } from './options';

export const precision = choice(precisions, 'how activations are kept while training: f16-storage takes half the memory');

export const trainingOptions = {
  loss: component(losses, 'what is minimised'),
  target: choice(['label', 'input'], 'what the output is compared with: the label, or the sample itself (an auto-encoder)'),
  optimizer: component(optimizers, 'how weights are updated'),
  'learning-rate': decimal(0, 1000, 'how far each update goes; where another optimizer is chosen, its own default'),
  schedule: component(schedules, 'how the learning rate changes'),
  'weight-decay': decimal(0, 1000, 'added to the gradient as decay · weight'),
  l1: decimal(0, 1000, 'added to the gradient as l1 · the sign of the weight'),
  'normalize-gradient': flag('divide the gradient by its norm'),
  'clip-norm': decimal(1e-12, 1e12, 'shorten the gradient to this norm where it is longer'),
  'clip-value': decimal(1e-12, 1e12, 'limit each element of the gradient to ± this'),
  accumulate: wholeNumber(1, 65_536, 'batches whose mean gradient makes one update'),
  average: decimal(0, 0.999999, 'keep an average of the weights with this decay, and evaluate with it'),
  freeze: text('LAYER,…', 'layers that keep their weights'),
  'stop-gradient': decimal(1e-12, 1e12, 'end once the norm of the gradient is less than this'),
  'stop-stable': decimal(0, 1, 'end once the training loss of 3 epochs in a row changed by no more than this part'),
  patience: wholeNumber(1, 10_000, 'end when validation has not got better for so many epochs, with the weights of the best'),
  measure: choice(['loss', 'accuracy'], 'what --patience looks at; loss if not given'),
  'keep-last': flag('with --patience, keep the last weights rather than the best'),
  precision,
  'step-back': wholeNumber(1, 1000, 'so often at most: when a number is not finite, go back and halve the learning rate'),
};

type Values = OptionValues<typeof trainingOptions>;

const STABLE_EPOCHS = 3;

function stoppingOf(base: StoppingSettings, values: Values): StoppingSettings {
  const { patience, measure } = values;
  const early = patience === null ? base.early : { measure: 'loss' as const, minimumChange: 0, restoreBest: true, ...base.early, patience };
  return {
    ...base,
    gradientNorm: values['stop-gradient'] ?? base.gradientNorm,
    stableLoss: values['stop-stable'] === null ? base.stableLoss : { tolerance: values['stop-stable'], epochs: STABLE_EPOCHS },
    early:
      early === null ? null : { ...early, measure: measure ?? early.measure, restoreBest: values['keep-last'] ? false : early.restoreBest },
  };
}

/** The optimizer and its rate: another one than the model's begins with its own default. */
function optimizerOf(base: TrainingSettings, values: Values): Pick<TrainingSettings, 'optimizer' | 'learningRate'> {
  const { optimizer } = values;
  const isOther = optimizer !== null && optimizer.kind !== base.optimizer.kind;
  const learningRate = values['learning-rate'] ?? (isOther ? optimizers.get(optimizer.kind)?.defaultLearningRate : undefined);
  const isSame = optimizer === null || (!isOther && Object.keys(optimizer.parameters).length === 0);
  return { optimizer: isSame ? base.optimizer : optimizer, learningRate: learningRate ?? base.learningRate };
}

/** The settings of the model with those of the command line over them. */
export const learningOf = (base: TrainingSettings, values: Values): TrainingSettings => ({
  ...base,
  ...optimizerOf(base, values),
  loss: values.loss ?? base.loss,
  target: values.target ?? base.target,
  schedule: values.schedule ?? base.schedule,
  weightDecay: values['weight-decay'] ?? base.weightDecay,
  l1: values.l1 ?? base.l1,
  normalizeGradient: values['normalize-gradient'] || base.normalizeGradient,
  clipNorm: values['clip-norm'] ?? base.clipNorm,
  clipValue: values['clip-value'] ?? base.clipValue,
  accumulation: values.accumulate ?? base.accumulation,
  averaging: values.average === null ? base.averaging : { decay: values.average },
  stopping: stoppingOf(base.stopping, values),
  precision: values.precision ?? base.precision,
});

/** The document with these layers frozen. Error: cli.no-layer. */
export function freeze(document: ModelDocument, layers: string | null): ModelDocument {
  const names = layers === null ? [] : layers.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !document.nodes.some(({ id }) => id === name));
  if (unknown !== undefined)
    throw new ServiceError('cli.no-layer', { layer: unknown, layers: document.nodes.map(({ id }) => id).join(', ') });
  return { ...document, nodes: document.nodes.map((node) => (names.includes(node.id) ? { ...node, frozen: true } : node)) };
}
