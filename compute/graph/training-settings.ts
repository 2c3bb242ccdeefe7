/** How a network is trained, as saved in a project and recorded with every run. Plain data; knows no optimizer or loss. */
import * as v from 'valibot';

const component = v.strictObject({
  kind: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  parameters: v.record(v.string(), v.union([v.number(), v.boolean(), v.string()])),
});

export const trainingSettingsSchema = v.strictObject({
  batchSize: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536)),
  epochs: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
  loss: component,
  optimizer: component,
  learningRate: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1000)),
  /** Added to the gradient as weightDecay · w (PyTorch's `weight_decay`). */
  weightDecay: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1000)),
  /** Of weights, order, dropout: 0 … 2³² − 1. */
  seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)),
  order: v.picklist(['shuffled', 'sequential']),
});

export type TrainingSettings = Readonly<v.InferOutput<typeof trainingSettingsSchema>>;

export const defaultTrainingSettings: TrainingSettings = {
  batchSize: 128,
  epochs: 5,
  loss: { kind: 'softmax-cross-entropy', parameters: {} },
  optimizer: { kind: 'adam', parameters: {} },
  learningRate: 0.001,
  weightDecay: 0,
  seed: 1,
  order: 'shuffled',
};
