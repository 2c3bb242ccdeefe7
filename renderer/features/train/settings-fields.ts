/** The fields of the training settings that are numbers: their ranges, as parameter schemas have them. Texts stand in the locale files. */
import type { ParameterSchema } from '../../../compute/graph/parameter-schema';

export const settingsFields = {
  batchSize: { type: 'integer', label: 'Batch size', default: 128, minimum: 1, maximum: 65_536 },
  epochs: { type: 'integer', label: 'Epochs', default: 5, minimum: 1, maximum: 1_000_000 },
  learningRate: { type: 'number', label: 'Learning rate', default: 0.001, minimum: 0, maximum: 1000, scale: 'logarithmic' },
  weightDecay: { type: 'number', label: 'Weight decay', default: 0, minimum: 0, maximum: 1000, scale: 'logarithmic' },
  seed: { type: 'integer', label: 'Seed', default: 1, minimum: 0, maximum: 0xffffffff },
} as const satisfies ParameterSchema;

export type SettingsField = keyof typeof settingsFields;
