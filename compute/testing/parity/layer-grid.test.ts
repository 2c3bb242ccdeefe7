/**
 * Every layer against PyTorch over a grid of parameters. One parameter is changed at a time in every run, on the reference and on the
 * CPU; HEBB_FULL=1 (npm run test:full) tries their combinations too, and computes on WebGPU what the usual run computes.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../../main/cli/testing/devices';
import type { Device } from '../../devices/device';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import { layers } from '../../layers/registry';
import type { LayerCase } from '../layer-cases';
import { gridOf } from '../layer-grid';
import { REFERENCE_BOUND, computeWithPyTorch, deviationsFrom } from './layer-parity';

/** float32 rounds by 6e-8; a thousand terms of size 1 and divisions by small spreads make a hundred times that. */
const FLOAT32_BOUND = 1e-4;

const full = process.env['HEBB_FULL'] === '1';
const definitions = [...layers.values()];

type TorchResult = Awaited<ReturnType<typeof computeWithPyTorch>>[number];

/** Fails with the first case that deviates more than the bound. */
async function compare(cases: readonly LayerCase[], results: readonly (TorchResult | undefined)[], device: Device, bound: number) {
  expect(results.length).toBe(cases.length);
  for (const [position, item] of cases.entries()) {
    const torch = results[position] ?? expect.unreachable('The script gave no result for this case.');
    const deviations = await deviationsFrom(torch, device, item);
    expect(Math.max(...Object.values(deviations)), `${item.name}: ${JSON.stringify(deviations)}`).toBeLessThan(bound);
  }
}

describe('one parameter changed at a time', () => {
  const grids = new Map(definitions.map((definition) => [definition.kind, gridOf(definition, false)]));
  const results = new Map<LayerCase, TorchResult>();
  beforeAll(async () => {
    const cases = [...grids.values()].flat();
    const computed = await computeWithPyTorch(cases);
    computed.forEach((result, position) => {
      const item = cases[position];
      if (item !== undefined) results.set(item, result);
    });
  });

  const of = (kind: string) => {
    const cases = grids.get(kind) ?? [];
    return { cases, torch: cases.map((item) => results.get(item)) };
  };

  test.each(definitions)('$kind', async ({ kind, parameters }) => {
    const { cases, torch } = of(kind);
    // An initializer alone leaves nothing to vary, and neither do parameters that only training has.
    if (Object.values(parameters).some(({ type }) => type === 'boolean' || type === 'integers')) expect(cases.length).toBeGreaterThan(0);
    await compare(cases, torch, openReferenceDevice(), REFERENCE_BOUND);
  });

  const kinds = full ? testedKinds : (['cpu'] as const);
  const deviceOf = devicesForTests(kinds);
  describe.each(kinds)('on %s', (on) => {
    test.each(definitions)('$kind', { timeout: 600_000 }, async ({ kind }) => {
      const { cases, torch } = of(kind);
      await compare(cases, torch, deviceOf(on), FLOAT32_BOUND);
    });
  });
});

if (full) {
  describe('combinations of all parameters', () => {
    const deviceOf = devicesForTests(['cpu']);
    test.each(definitions)('$kind', { timeout: 600_000 }, async (definition) => {
      const cases = gridOf(definition, true);
      expect(cases.length).toBeGreaterThan(0);
      const torch = await computeWithPyTorch(cases);
      await compare(cases, torch, openReferenceDevice(), REFERENCE_BOUND);
      await compare(cases, torch, deviceOf('cpu'), FLOAT32_BOUND);
    });
  });
}
