/** Every operation against its own definition: shapes as inferred, gradients as measured on the reference. */
import { describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { sizeOf } from '../graph/tensor';
import { evaluateOnce, inputTensors } from './evaluation';
import { GRADIENT_BOUND, gradientDeviation } from './finite-differences';
import { operationCases, operationFiles, operations } from './operation-cases';

const device = openReferenceDevice();

test('every operation file defines operations, and every operation has samples', () => {
  expect(operations.size).toBeGreaterThanOrEqual(operationFiles.length);
  for (const { name, samples } of operations.values()) expect(samples.length, `${name} has no samples`).toBeGreaterThan(0);
});

test('the names of the samples of one operation differ', () => {
  const names = operationCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(operationCases)('$name', ({ name, inputs, build, differentiable }) => {
  test('gives finite numbers of the inferred shape', async () => {
    const expected = build(inputTensors(inputs));
    const results = await evaluateOnce(device, inputs, build);
    expect(results.map(({ length }) => length)).toEqual(expected.map(({ shape }) => sizeOf(shape)));
    for (const values of results) expect(values.every(Number.isFinite)).toBe(true);
  });

  if (differentiable) {
    test('has the gradient that finite differences measure', async () => {
      const worst = await gradientDeviation(device, name, inputs, build);
      expect(worst?.deviation ?? 0, JSON.stringify(worst)).toBeLessThan(GRADIENT_BOUND);
    });
  }
});
