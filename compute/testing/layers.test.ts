/** Every layer against its own definition: predicted shapes, weights and buffers, gradients, parameters. */
import { describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { checkParameters, defaultsOf } from '../graph/parameter-schema';
import { layers } from '../layers/registry';
import { inputTensors } from './evaluation';
import { GRADIENT_BOUND, gradientDeviation } from './finite-differences';
import { layerCases } from './layer-cases';

const device = openReferenceDevice();

describe.each([...layers.values()])('$kind', ({ kind, samples, help, formula, parameters, label }) => {
  test('has samples, a label, help and a formula', () => {
    expect(samples.length, `${kind} has no samples`).toBeGreaterThan(0);
    expect(label).not.toBe('');
    expect(help).toMatch(/\.$/);
    expect(formula).toMatch(/^\w+(\[.*\])? = /);
  });

  test('accepts its own defaults', () => {
    expect(checkParameters(parameters, {})).toEqual({ ok: true, value: defaultsOf(parameters) });
  });

  test('keeps the parameters of each sample through JSON and its own check', () => {
    for (const sample of samples) {
      const saved: unknown = JSON.parse(JSON.stringify(sample.parameters));
      expect(checkParameters(parameters, saved as Record<string, unknown>)).toEqual({ ok: true, value: sample.parameters });
    }
  });

  test('refuses a parameter that it does not have', () => {
    expect(checkParameters(parameters, { nonsense: 1 })).toMatchObject({ ok: false, problem: { code: 'parameter.unknown' } });
  });
});

describe.each(layerCases)('$name', ({ name, inputs, build, batch, predicted, buffers, specifications, sample }) => {
  test('gives the predicted shape, and each buffer its own', () => {
    const [output, ...updated] = build(inputTensors(inputs));
    expect(output?.shape).toEqual([batch, ...predicted]);
    expect(updated.map(({ shape }) => shape)).toEqual(buffers.map((buffer) => specifications.find((item) => item.name === buffer)?.shape));
  });

  if (sample.surrogateGradient !== true) {
    test('has the gradients that finite differences measure', async () => {
      const worst = await gradientDeviation(device, name, inputs, build);
      expect(worst).not.toBeNull();
      expect(worst?.deviation, JSON.stringify(worst)).toBeLessThan(GRADIENT_BOUND);
    });
  }
});
