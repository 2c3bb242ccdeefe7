/**
 * The training settings as a form sees them: the ranges of the fields, what may be on or off, what changing the kind of
 * a loss, an optimizer or a schedule brings with it. Pure; texts stand in the locale files under train.settings.
 */
import * as v from 'valibot';
import { defaultsOf, type ParameterSchema, type ParameterValue } from '../../../compute/graph/parameter-schema';
import { trainingSettingsSchema, type TrainingSettings } from '../../../compute/graph/training-settings';
import { losses } from '../../../compute/losses/registry';
import { optimizers } from '../../../compute/optimizers/registry';
import { schedules } from '../../../compute/schedules/registry';

const strength = { type: 'number', default: 0, minimum: 0, maximum: 1000, scale: 'logarithmic' } as const;
const bound = { type: 'number', minimum: 1e-12, maximum: 1e12, scale: 'logarithmic' } as const;

/** Fields that always have a value, in the sections of the form. */
export const settingsSections = {
  amount: {
    batchSize: { type: 'integer', label: 'Batch size', default: 128, minimum: 1, maximum: 65_536 },
    epochs: { type: 'integer', label: 'Epochs', default: 5, minimum: 1, maximum: 1_000_000 },
  },
  objective: {
    target: {
      type: 'choice',
      label: 'Compare with',
      default: 'label',
      options: [
        { value: 'label', label: 'Label' },
        { value: 'input', label: 'Input itself' },
      ],
    },
  },
  rate: { learningRate: { ...strength, label: 'Learning rate', default: 0.001 } },
  penalties: { weightDecay: { ...strength, label: 'Weight decay' }, l1: { ...strength, label: 'L1' } },
  gradient: {
    normalizeGradient: { type: 'boolean', label: 'Normalise', default: false },
    accumulation: { type: 'integer', label: 'Accumulate', default: 1, minimum: 1, maximum: 65_536 },
  },
  memory: {
    precision: {
      type: 'choice',
      label: 'Activations',
      default: 'f32',
      options: [
        { value: 'f32', label: '32 bits' },
        { value: 'f16-storage', label: '16 bits' },
      ],
    },
  },
  repeat: {
    seed: { type: 'integer', label: 'Seed', default: 1, minimum: 0, maximum: 0xffffffff },
    order: {
      type: 'choice',
      label: 'Order',
      default: 'shuffled',
      options: [
        { value: 'shuffled', label: 'Shuffled' },
        { value: 'sequential', label: 'Sequential' },
      ],
    },
  },
} as const satisfies Record<string, ParameterSchema>;

export type SettingsPath = readonly [string, ...string[]];

/** A setting that is off (null) or on with these fields; `bare` where its value is that of its one field. */
export interface OptionalSetting {
  readonly path: SettingsPath;
  readonly schema: ParameterSchema;
  readonly bare: boolean;
}

const bare = (path: SettingsPath, schema: ParameterSchema): OptionalSetting => ({ path, schema, bare: true });
const several = (path: SettingsPath, schema: ParameterSchema): OptionalSetting => ({ path, schema, bare: false });

export const optionalSettings = {
  clipNorm: bare(['clipNorm'], { clipNorm: { ...bound, label: 'Largest norm', default: 1 } }),
  clipValue: bare(['clipValue'], { clipValue: { ...bound, label: 'Largest value', default: 1 } }),
  averaging: several(['averaging'], { decay: { type: 'number', label: 'Decay', default: 0.999, minimum: 0, maximum: 0.999999 } }),
  early: several(['stopping', 'early'], {
    measure: {
      type: 'choice',
      label: 'Watch',
      default: 'loss',
      options: [
        { value: 'loss', label: 'Validation loss' },
        { value: 'accuracy', label: 'Validation accuracy' },
      ],
    },
    patience: { type: 'integer', label: 'Patience', unit: 'epochs', default: 5, minimum: 1, maximum: 10_000 },
    minimumChange: { ...strength, label: 'Least change' },
    restoreBest: { type: 'boolean', label: 'Restore the best', default: true },
  }),
  stableLoss: several(['stopping', 'stableLoss'], {
    tolerance: { type: 'number', label: 'Tolerance', default: 0.001, minimum: 0, maximum: 1, scale: 'logarithmic' },
    epochs: { type: 'integer', label: 'For', unit: 'epochs', default: 3, minimum: 1, maximum: 10_000 },
  }),
  gradientNorm: bare(['stopping', 'gradientNorm'], { gradientNorm: { ...bound, label: 'Shorter than', default: 0.001 } }),
  steps: bare(['stopping', 'steps'], { steps: { type: 'integer', label: 'Steps', default: 1000, minimum: 1, maximum: 2_000_000_000 } }),
} as const satisfies Record<string, OptionalSetting>;

export type OptionName = keyof typeof optionalSettings;
export const gradientOptions = ['clipNorm', 'clipValue'] as const satisfies readonly OptionName[];
export const stoppingOptions = ['early', 'stableLoss', 'gradientNorm', 'steps'] as const satisfies readonly OptionName[];

/** The value at a path; undefined where there is none. */
export function settingAt(settings: unknown, path: readonly string[]): unknown {
  let value = settings;
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  return value;
}

const replaceAt = (value: unknown, [key, ...rest]: readonly string[], next: unknown): unknown =>
  key === undefined ? next : { ...(value as object), [key]: replaceAt(settingAt(value, [key]), rest, next) };

/** The settings with another value at a path. Throws if the project's schema refuses it; values of the form's fields it takes. */
export const withSetting = (settings: TrainingSettings, path: SettingsPath, value: unknown): TrainingSettings =>
  v.parse(trainingSettingsSchema, replaceAt(settings, path, value));

/** The values of an optional setting's fields; null while it is off. */
export function optionValues(
  settings: TrainingSettings,
  { path, schema, bare: isBare }: OptionalSetting,
): Record<string, ParameterValue> | null {
  const value = settingAt(settings, path);
  if (value === null || value === undefined) return null;
  // The project's schema has checked them: plain numbers, booleans and strings.
  return isBare ? { [Object.keys(schema)[0] ?? '']: value as ParameterValue } : { ...(value as Record<string, ParameterValue>) };
}

/** Switches an optional setting off, or on with its defaults. */
export const withOption = (settings: TrainingSettings, option: OptionalSetting, on: boolean): TrainingSettings => {
  const defaults: Readonly<Record<string, ParameterValue>> = defaultsOf(option.schema);
  return withSetting(settings, option.path, !on ? null : option.bare ? Object.values(defaults)[0] : defaults);
};

/** Changes one field of an optional setting that is on. */
export const withOptionField = (
  settings: TrainingSettings,
  option: OptionalSetting,
  name: string,
  value: ParameterValue,
): TrainingSettings => withSetting(settings, option.bare ? option.path : [...option.path, name], value);

/** What is chosen by its kind, and has parameters of its own. */
export const components = { loss: losses, optimizer: optimizers, schedule: schedules } as const;
export type ComponentName = keyof typeof components;

/**
 * Another kind with its default parameters. With another optimizer the learning rate becomes that one's usual, if the
 * person had left it at the usual one of the optimizer before.
 */
export function withKind(settings: TrainingSettings, owner: ComponentName, kind: string): TrainingSettings {
  const definition = components[owner].get(kind);
  if (!definition || kind === settings[owner].kind) return settings;
  const changed = withSetting(settings, [owner], { kind, parameters: defaultsOf(definition.parameters) });
  const [before, after] = [optimizers.get(settings.optimizer.kind), optimizers.get(changed.optimizer.kind)];
  return owner === 'optimizer' && after && before?.defaultLearningRate === settings.learningRate
    ? { ...changed, learningRate: after.defaultLearningRate }
    : changed;
}
