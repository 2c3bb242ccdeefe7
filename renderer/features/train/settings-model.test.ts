import { describe, expect, it } from 'vitest';
import type { ParameterSpecification } from '../../../compute/graph/parameter-schema';
import { defaultTrainingSettings as settings } from '../../../compute/graph/training-settings';
import { optimizers } from '../../../compute/optimizers/registry';
import {
  optionalSettings,
  optionValues,
  settingAt,
  settingsSections,
  withKind,
  withOption,
  withOptionField,
  withSetting,
  type OptionalSetting,
} from './settings-model';

/** The ends of what a field lets through. */
function extremes(specification: ParameterSpecification): unknown[] {
  switch (specification.type) {
    case 'integer':
    case 'number':
      return [specification.minimum, specification.maximum, specification.default];
    case 'boolean':
      return [true, false];
    case 'choice':
      return specification.options.map(({ value }) => value);
    default:
      throw new Error(`no field of the settings has the type ${specification.type}`);
  }
}

describe('the fields of the settings', () => {
  const plain = Object.values(settingsSections).flatMap((schema): [string, ParameterSpecification][] => Object.entries(schema));
  it.each(plain)('%s lets through only what a project keeps', (name, specification) => {
    for (const value of extremes(specification)) expect(settingAt(withSetting(settings, [name], value), [name])).toBe(value);
    expect(specification.default).toBe(settingAt(settings, [name]));
  });

  const optional: [string, OptionalSetting][] = Object.entries(optionalSettings);
  it.each(optional)('%s is off at first, on with its defaults, and lets through only what a project keeps', (_, option) => {
    expect(optionValues(settings, option)).toBeNull();
    const on = withOption(settings, option, true);
    for (const [name, specification] of Object.entries(option.schema)) {
      expect(optionValues(on, option)?.[name]).toBe(specification.default);
      for (const value of extremes(specification))
        // Each is of its field's type by construction.
        expect(optionValues(withOptionField(on, option, name, value as number), option)?.[name]).toBe(value);
    }
    expect(withOption(on, option, false)).toEqual(settings);
  });

  it('leaves everything else as it was', () => {
    const changed = withSetting(settings, ['stopping', 'steps'], 7);
    expect(changed).toEqual({ ...settings, stopping: { ...settings.stopping, steps: 7 } });
    expect(settings.stopping.steps).toBeNull();
  });
});

describe('another kind', () => {
  it('comes with its default parameters', () => {
    expect(withKind(settings, 'schedule', 'cosine').schedule).toEqual({ kind: 'cosine', parameters: { final: 0 } });
    expect(withKind(settings, 'loss', 'no such loss')).toBe(settings);
  });

  it('of optimizer brings its usual learning rate, unless the person chose another', () => {
    const [adam, sgd] = [optimizers.get('adam'), optimizers.get('sgd')];
    expect(settings.learningRate).toBe(adam?.defaultLearningRate);
    expect(withKind(settings, 'optimizer', 'sgd').learningRate).toBe(sgd?.defaultLearningRate);
    expect(sgd?.defaultLearningRate).not.toBe(adam?.defaultLearningRate);
    expect(withKind({ ...settings, learningRate: 0.42 }, 'optimizer', 'sgd').learningRate).toBe(0.42);
  });
});
