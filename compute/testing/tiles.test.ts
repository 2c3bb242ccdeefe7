/** Convolutions by tiles held against the reference, which has none: results and both gradients, of sizes that nobody chose. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../main/cli/testing/devices';
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { DeviceProfile, Shape, Tensor } from '../graph/tensor';
import { convolution2d } from '../ops/convolution-2d.op';
import { convolution2dSizes } from '../ops/convolution-2d-sizes';
import { winogradConvolution } from '../ops/winograd';
import { readState } from '../plan/program';
import { compareOn } from './comparison';
import { draw } from './draw';
import { conformanceCase } from './operation-cases';

const deviceOf = devicesForTests();
const reference = openReferenceDevice();

/** Of the greatest result: the transforms round twice as the plain sum does (docs/decisions/0007-tiles-for-3x3.md), here of some hundred products. */
const BOUND = 4e-6;

interface Drawn {
  readonly batch: number;
  readonly image: readonly [number, number];
  readonly channels: readonly [inputs: number, outputs: number];
  readonly padding: readonly [number, number];
}

const profile: DeviceProfile = {
  ...{ software: true, quads: true, tileCost: 400, halves: 'packed' },
  ...{ maximumWorkgroupInvocations: 256, maximumWorkgroupsPerDimension: 65_535, maximumWorkgroupStorageBytes: 16_384 },
};

const shapesOf = ({ batch, image, channels: [inputs, outputs] }: Drawn): readonly [Shape, Shape] => [
  [batch, inputs, ...image],
  [outputs, inputs, 3, 3],
];
const attributesOf = ({ padding }: Drawn) => ({ stride: [1, 1], dilation: [1, 1], groups: 1, padding }) as const;

/** Whether tiles are what both devices compute it by. */
function isByTiles(given: Drawn): boolean {
  const [input, weight] = shapesOf(given);
  const sizes = convolution2dSizes('convolution2d', { input, weight }, attributesOf(given));
  const read = (shape: Shape): Tensor => readState({ arena: 'a', offset: 0, shape, type: 'f32' });
  return winogradConvolution(read(input), read(weight), sizes, profile) !== null;
}

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const drawn: fc.Arbitrary<Drawn> = fc
  .record({ batch: fc.integer({ min: 1, max: 3 }), image: pair(6, 19), channels: pair(8, 21), padding: pair(0, 3) })
  .filter(isByTiles);

test.each(testedKinds)(
  'are what the sums are on %s',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(drawn, async (given) => {
        const name = JSON.stringify(given);
        const inputs = shapesOf(given).map((shape, place) => ({
          ...{ shape, type: 'f32' as const },
          data: draw(`${name} ${String(place)}`, shape, [-1, 1]),
        }));
        const one = conformanceCase(name, inputs, ([x, w]) => (x && w ? [convolution2d(x, w, attributesOf(given))] : []), true);
        const { worstOfGreatest, deviations } = await compareOn(deviceOf(kind), reference, one);
        expect(deviations).toHaveLength(3);
        expect(worstOfGreatest, name).toBeLessThan(BOUND);
      }),
      { seed: 5, numRuns: 20 },
    );
  },
  180_000,
);
