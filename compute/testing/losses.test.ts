/** Every loss against its own definition: what it accepts, its gradients, its parameters and words. */
import { describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { checkParameters, defaultsOf } from '../graph/parameter-schema';
import { losses } from '../losses/registry';
import { evaluateOnce, inputTensors } from './evaluation';
import { GRADIENT_BOUND, gradientDeviation } from './finite-differences';
import { lossCases } from './loss-cases';

const device = openReferenceDevice();

describe.each([...losses.values()])('$kind', ({ kind, samples, help, label, formula, parameters, accepts }) => {
  test('has samples, a label, help and a formula', () => {
    expect(samples.length, `${kind} has no samples`).toBeGreaterThan(0);
    expect(label).not.toBe('');
    expect(help).toMatch(/\.$/);
    expect(formula).not.toBe('');
  });

  test('has a sample that changes each parameter', () => {
    const defaults = defaultsOf(parameters);
    for (const name of Object.keys(parameters))
      expect(
        samples.some((sample) => JSON.stringify(sample.parameters[name]) !== JSON.stringify(defaults[name])),
        name,
      ).toBe(true);
  });

  test('takes the samples as they are, and no other output', () => {
    for (const { output, target, parameters: values } of samples) {
      expect(checkParameters(parameters, { ...values })).toEqual({ ok: true, value: values });
      expect(accepts(output, target, values)).toEqual({ ok: true, value: true });
      expect(accepts([...output, 2], target, values)).toMatchObject({ ok: false });
      expect(accepts([7], target, values)).toMatchObject({ ok: false });
    }
  });
});

describe.each(lossCases)('$name', ({ name, inputs, build, batch, definition, sample }) => {
  test('gives one loss a sample, none of them negative', async () => {
    expect(build(inputTensors(inputs)).map(({ shape }) => shape)).toEqual([[batch]]);
    const [values] = await evaluateOnce(device, inputs, build);
    expect(values?.every((value) => value >= 0)).toBe(true);
  });

  test('has the gradient that finite differences measure', async () => {
    const worst = await gradientDeviation(device, name, inputs, build);
    expect(worst?.deviation, JSON.stringify(worst)).toBeLessThan(GRADIENT_BOUND);
  });

  if (sample.target.kind === 'class') {
    const classes = sample.target.classes;
    test('gives each class a score', () => {
      const [output] = inputTensors(inputs);
      expect(output && definition.probabilities(output).shape).toEqual([batch, classes]);
    });
  }
});
