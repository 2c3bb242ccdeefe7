/** How Hebb trains the network, as the Python constants and functions of settings.py, which train.py reads. Pure. */
import { checkParameters, type ParameterValues } from '../../graph/parameter-schema';
import type { Shape } from '../../graph/tensor';
import { unwrap } from '../../graph/problem';
import type { TrainingSettings } from '../../graph/training-settings';
import type { Target } from '../../losses/loss';
import type { ToldScale } from '../normalization';
import { losses } from '../../losses/registry';
import { optimizers } from '../../optimizers/registry';
import { schedules } from '../../schedules/registry';

/** What the outputs are compared with, and the shape of the output for one label. */
export interface ComparedWith {
  readonly target: Target;
  readonly output: Shape;
  /** By which numbers targets are standardised; null where they are as they are. */
  readonly targets: ToldScale | null;
  /** Whether samples are augmented, and mixed. */
  readonly augments: boolean;
  readonly mixes: boolean;
}

const python = (value: number | boolean | null): string =>
  value === null ? 'None' : value === true ? 'True' : value === false ? 'False' : String(value);

/** The definition of that kind with its parameters; throws a ProblemError where they do not fit and a TypeError where there is none. */
function chosen<Definition extends { readonly parameters: Parameters<typeof checkParameters>[0] }>(
  registry: ReadonlyMap<string, Definition>,
  { kind, parameters }: { readonly kind: string; readonly parameters: Parameters<typeof checkParameters>[1] },
): readonly [Definition, ParameterValues] {
  const definition = registry.get(kind);
  if (definition === undefined) throw new TypeError(`There is no ${kind}.`);
  return [definition, unwrap(checkParameters(definition.parameters, parameters))];
}

/** The source of settings.py. */
export function pytorchSettings(settings: TrainingSettings, { target, output, targets, augments, mixes }: ComparedWith): string {
  const [loss, lossParameters] = chosen(losses, settings.loss);
  const [optimizer, optimizerParameters] = chosen(optimizers, settings.optimizer);
  const [schedule, scheduleParameters] = chosen(schedules, settings.schedule);
  const { scheduler, stepped } = schedule.pytorch(scheduleParameters);
  const { early, stableLoss } = settings.stopping;
  const classWeights = loss.classWeights?.(lossParameters) ?? [];
  const needsNorm = settings.normalizeGradient || settings.clipNorm !== null || settings.stopping.gradientNorm !== null;
  const constants: readonly (readonly [string, string, string])[] = [
    ['BATCH_SIZE', python(settings.batchSize), 'of all processes together'],
    ['EPOCHS', python(settings.epochs), ''],
    ['STEPS', python(settings.stopping.steps), 'ends after so many batches'],
    ['SEED', python(settings.seed), ''],
    ['SHUFFLED', python(settings.order === 'shuffled'), ''],
    ['LEARNING_RATE', python(settings.learningRate), ''],
    ['WEIGHT_DECAY', python(settings.weightDecay), ''],
    ['L1', python(settings.l1), 'added to the gradient as L1 * sign(w)'],
    ['ACCUMULATION', python(settings.accumulation), 'batches whose mean gradient makes one update'],
    ['NORMALIZE_GRADIENT', python(settings.normalizeGradient), ''],
    ['CLIP_NORM', python(settings.clipNorm), ''],
    ['CLIP_VALUE', python(settings.clipValue), ''],
    ['AVERAGING', python(settings.averaging?.decay ?? null), 'decay of the running average of the weights'],
    ['GRADIENT_NORM', python(settings.stopping.gradientNorm), 'ends at a gradient shorter than this'],
    ['NEEDS_NORM', python(needsNorm), ''],
    [
      'STABLE_LOSS',
      stableLoss === null ? 'None' : `{"tolerance": ${python(stableLoss.tolerance)}, "epochs": ${python(stableLoss.epochs)}}`,
      'ends once the loss of so many epochs has stayed the same',
    ],
    [
      'EARLY',
      early === null
        ? 'None'
        : `{"measure": "${early.measure}", "patience": ${python(early.patience)}, "minimum_change": ${python(early.minimumChange)}, "restore_best": ${python(early.restoreBest)}}`,
      'ends when validation gets no better',
    ],
    ['TARGET_IS_INPUT', python(settings.target === 'input'), ''],
    ['CLASSES', python(target.kind === 'class'), 'whether labels are classes; else they are numbers'],
    ['CLASS_WEIGHTS', `[${classWeights.join(', ')}]`, ''],
    ['TARGET_MEAN', `[${(targets?.mean ?? []).join(', ')}]`, 'with the next: the loss compares (y - mean) / deviation; empty: y itself'],
    ['TARGET_DEVIATION', `[${(targets?.deviation ?? []).join(', ')}]`, ''],
    ['DECISION', python(loss.decision), 'a single output beyond this is the second of two classes'],
  ];
  const said = loss.pytorch(lossParameters, output, target, 'mean');
  const each = mixes && target.kind === 'class' ? loss.pytorch(lossParameters, output, target, 'each') : null;
  return [
    '"""How Hebb trains the network. train.py follows it."""',
    '',
    'import torch',
    ...(/\bF\./.test(said) ? ['import torch.nn.functional as F'] : []),
    'import torch.optim.lr_scheduler as S',
    '',
    ...(augments ? ['from augmentation import augment', ''] : []),
    ...constants.map(([name, value, remark]) => `${name} = ${value}${remark === '' ? '' : `  # ${remark}`}`),
    ...(augments ? [] : ['augment = None  # samples are taken as they are']),
    '',
    '',
    'def loss(output, target):',
    `    """${loss.label}: the mean over a batch."""`,
    `    return ${said}`,
    ...(each === null
      ? []
      : ['', '', 'def losses(output, target):', '    """The same of each sample, times the weight of its class."""', `    return ${each}`]),
    '',
    '',
    'def make_optimizer(parameters, learning_rate=LEARNING_RATE, weight_decay=WEIGHT_DECAY):',
    `    return ${optimizer.pytorch(optimizerParameters)}`,
    '',
    '',
    'def make_scheduler(optimizer, epochs, steps_per_epoch, learning_rate=LEARNING_RATE):',
    '    """The schedule of the learning rate, and after what it is stepped: each step, each epoch, or each epoch with its loss."""',
    `    return ${scheduler}, "${stepped}"`,
    '',
  ].join('\n');
}
