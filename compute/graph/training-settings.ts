/**
 * How a network is trained, as saved in a project and recorded with every run. Plain data; knows no optimizer or loss.
 * What later versions added is optional when read, so that older projects open, and means there what it always meant.
 */
import * as v from 'valibot';

const component = v.strictObject({
  kind: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  parameters: v.record(v.string(), v.union([v.number(), v.boolean(), v.string(), v.pipe(v.array(v.number()), v.maxLength(65_536))])),
});

const count = (maximum: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maximum));
const rate = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1000));
/** Null: not done at all. */
const bound = v.nullable(v.pipe(v.number(), v.finite(), v.minValue(1e-12), v.maxValue(1e12)));

const stoppingSchema = v.strictObject({
  steps: v.pipe(v.nullable(count(2_000_000_000)), v.description('Ends after so many steps in all, if epochs do not end it before.')),
  gradientNorm: v.pipe(bound, v.description('Ends at the first step whose gradient, over all weights, is shorter than this.')),
  stableLoss: v.pipe(
    v.nullable(v.strictObject({ tolerance: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1)), epochs: count(10_000) })),
    v.description('Ends once the training loss of so many epochs in a row differs from the epoch before by no more than this part of it.'),
  ),
  early: v.pipe(
    v.nullable(
      v.strictObject({
        measure: v.picklist(['loss', 'accuracy']),
        patience: count(10_000),
        minimumChange: rate,
        restoreBest: v.boolean(),
      }),
    ),
    v.description('Ends when the validation split has not got better by `minimumChange` for `patience` epochs.'),
  ),
});

export type StoppingSettings = Readonly<v.InferOutput<typeof stoppingSchema>>;

const neverStopping: StoppingSettings = { steps: null, gradientNorm: null, stableLoss: null, early: null };

/**
 * What is done to every sample before the network sees it. `per-channel` and `per-column` take away the mean and divide by the
 * standard deviation, of each entry of the first or of the last axis of a sample; `range` maps what lies between the least and the
 * greatest value of each entry of the first axis to −1 … 1. The numbers come from the training split alone.
 */
export const normalizations = ['none', 'per-channel', 'per-column', 'range'] as const;
export type NormalizationKind = (typeof normalizations)[number];

const preparationSchema = v.strictObject({
  normalization: v.pipe(
    v.optional(v.picklist(normalizations), 'none'),
    v.description('Of every sample, before the network: numbers that the training split alone determines.'),
  ),
  standardizeTargets: v.pipe(
    v.optional(v.boolean(), false),
    v.description(
      'Of a regression: the loss compares (output, target) in deviations of the training split, and what the network says is ' +
        'output · deviation + mean. Errors are told in the units of the data.',
    ),
  ),
  augmentation: v.pipe(
    v.optional(v.pipe(v.array(component), v.maxLength(16)), []),
    v.description('What is done at random to the samples of each batch while training, in this order, before they are normalised.'),
  ),
});

export type PreparationSettings = Readonly<v.InferOutput<typeof preparationSchema>>;

const unprepared: PreparationSettings = { normalization: 'none', standardizeTargets: false, augmentation: [] };

/** How activations and their gradients are kept between kernels. */
export const precisions = ['f32', 'f16-storage'] as const;

export const trainingSettingsSchema = v.strictObject({
  batchSize: count(65_536),
  epochs: count(1_000_000),
  loss: component,
  target: v.pipe(
    v.optional(v.picklist(['label', 'input']), 'label'),
    v.description('What the output is compared with: the label of the sample, or the sample itself (an auto-encoder).'),
  ),
  learningRule: v.pipe(
    v.optional(component, { kind: 'back-propagation', parameters: {} }),
    v.description('Where the direction comes from in which the optimizer moves each weight.'),
  ),
  optimizer: component,
  learningRate: rate,
  schedule: v.pipe(
    v.optional(component, { kind: 'constant', parameters: {} }),
    v.description('How the learning rate changes from step to step.'),
  ),
  weightDecay: v.pipe(
    rate,
    v.description(
      "Added to the gradient as weightDecay · w (PyTorch's weight_decay); optimizers that decouple it shrink the weights by it.",
    ),
  ),
  l1: v.pipe(v.optional(rate, 0), v.description('Added to the gradient as l1 · sign(w).')),
  normalizeGradient: v.pipe(
    v.optional(v.boolean(), false),
    v.description('Divides the gradient of all weights together by its Euclidean norm.'),
  ),
  clipNorm: v.pipe(
    v.optional(bound, null),
    v.description('Shortens the gradient of all weights together to this Euclidean norm where it is longer; after normalizeGradient.'),
  ),
  clipValue: v.pipe(v.optional(bound, null), v.description('Limits each element of the gradient to ± this; after clipNorm.')),
  accumulation: v.pipe(v.optional(count(65_536), 1), v.description('Batches whose mean gradient makes one update of the weights.')),
  averaging: v.pipe(
    v.optional(v.nullable(v.strictObject({ decay: v.pipe(v.number(), v.minValue(0), v.maxValue(0.999999)) })), null),
    v.description('Keeps an average of the weights, a ← decay · a + (1 − decay) · w after each update, and evaluates with it.'),
  ),
  stopping: v.optional(stoppingSchema, neverStopping),
  preparation: v.optional(preparationSchema, unprepared),
  seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff), v.description('Of weights, order, dropout: 0 … 2³² − 1.')),
  order: v.picklist(['shuffled', 'sequential']),
  precision: v.pipe(
    v.optional(v.picklist(precisions), 'f32'),
    v.description(
      'f16-storage: activations and their gradients are kept in 16 bits between kernels while training; all arithmetic, weights, ' +
        'gradients of weights and statistics stay in 32.',
    ),
  ),
});

export type TrainingSettings = Readonly<v.InferOutput<typeof trainingSettingsSchema>>;

export const defaultTrainingSettings: TrainingSettings = {
  batchSize: 128,
  epochs: 5,
  loss: { kind: 'softmax-cross-entropy', parameters: {} },
  target: 'label',
  learningRule: { kind: 'back-propagation', parameters: {} },
  optimizer: { kind: 'adam', parameters: {} },
  learningRate: 0.001,
  schedule: { kind: 'constant', parameters: {} },
  weightDecay: 0,
  l1: 0,
  normalizeGradient: false,
  clipNorm: null,
  clipValue: null,
  accumulation: 1,
  averaging: null,
  stopping: neverStopping,
  preparation: unprepared,
  seed: 1,
  order: 'shuffled',
  precision: 'f32',
};
