/**
 * What holds for all shapes and parameters, not only for the samples: layers keep the shape that they predict, gradients
 * are what finite differences measure, and each device computes what the reference does.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../main/cli/testing/devices';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { checkParameters } from '../graph/parameter-schema';
import { layers } from '../layers/registry';
import { compareOn } from './comparison';
import { drawnOperations, drawnSample, isTaken } from './drawn-cases';
import { inputTensors } from './evaluation';
import { GRADIENT_BOUND, gradientDeviation } from './finite-differences';
import { layerCase } from './layer-cases';

/** A representative part in every run, more when the full grid is asked for; the same cases each time. */
const full = process.env['HEBB_FULL'] === '1';
const shapeRuns = full ? 400 : 40;
const gradientRuns = full ? 20 : 2;
const deviceRuns = full ? 100 : 16;
const seed = 5;

/** Of the greatest number of a result: float32 rounds by 6e-8 an operation, and here sums have some hundred terms. */
const DEVICE_BOUND = 2e-5;

const reference = openReferenceDevice();
const deviceOf = devicesForTests();

describe.each([...layers.values()])('$kind', (definition) => {
  const taken = drawnSample(definition).filter((sample) => isTaken(definition, sample));

  test('refuses with a problem, or keeps its word on shapes', () => {
    fc.assert(
      fc.property(drawnSample(definition), (sample) => {
        const outcome = definition.shape(sample.inputShapes, sample.parameters);
        if (!outcome.ok) expect(outcome.problem.code).toMatch(/^(network|parameter)\./);
      }),
      { seed, numRuns: shapeRuns },
    );
    fc.assert(
      fc.property(taken, fc.constantFrom('train' as const, 'evaluate' as const), (sample, mode) => {
        expect(checkParameters(definition.parameters, sample.parameters).ok).toBe(true);
        const { build, inputs, batch, predicted } = layerCase(definition, sample, mode);
        expect(build(inputTensors(inputs))[0]?.shape).toEqual([batch, ...predicted]);
      }),
      { seed, numRuns: shapeRuns / 4 },
    );
  });

  // A gradient that is not the derivative by design is held against PyTorch's.
  if (definition.samples.some(({ surrogateGradient }) => surrogateGradient === true)) return;
  test('has the gradients that finite differences measure', async () => {
    await fc.assert(
      fc.asyncProperty(taken, async (sample) => {
        const { name, inputs, build } = layerCase(definition, sample, 'train');
        const worst = await gradientDeviation(reference, name, inputs, build);
        expect(worst?.deviation ?? 0, `${name}: ${JSON.stringify(worst)}`).toBeLessThan(GRADIENT_BOUND);
      }),
      { seed, numRuns: gradientRuns },
    );
  });
});

test('operations have the gradients that finite differences measure', async () => {
  await fc.assert(
    fc.asyncProperty(drawnOperations, async ({ name, inputs, build }) => {
      const worst = await gradientDeviation(reference, name, inputs, build);
      expect(worst?.deviation ?? 0, `${name}: ${JSON.stringify(worst)}`).toBeLessThan(GRADIENT_BOUND);
    }),
    { seed, numRuns: deviceRuns },
  );
}, 120_000);

test.each(testedKinds)(
  'operations compute on %s what they compute on the reference',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(drawnOperations, async (drawn) => {
        const { worstOfGreatest } = await compareOn(deviceOf(kind), reference, drawn);
        expect(worstOfGreatest, drawn.name).toBeLessThan(DEVICE_BOUND);
      }),
      { seed, numRuns: deviceRuns },
    );
  },
  120_000,
);
