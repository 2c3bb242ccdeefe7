/** Every layer against PyTorch in float64: its own PyTorch expression must give its own numbers. */
import { beforeAll, describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import { layerCases } from '../layer-cases';
import { REFERENCE_BOUND, computeWithPyTorch, deviationsFrom } from './layer-parity';

// What is drawn at random is each program's own choice; random-layers.test.ts has the statistics.
const cases = layerCases.filter(({ random }) => !random);

let results: Awaited<ReturnType<typeof computeWithPyTorch>> = [];
beforeAll(async () => {
  results = await computeWithPyTorch(cases);
});

describe.each(cases.map((item, position) => ({ ...item, position })))('$name', (item) => {
  test('computes what PyTorch computes', async () => {
    const torch = results[item.position] ?? expect.unreachable('The script gave no result for this case.');
    const deviations = await deviationsFrom(torch, openReferenceDevice(), item);
    expect(Math.max(...Object.values(deviations)), JSON.stringify(deviations)).toBeLessThan(REFERENCE_BOUND);
  });
});
