/** NaN in the input of every layer: WebGPU and the CPU must pass it on as the reference does, which follows PyTorch; instructions for the greater and the less may drop it. */
import { describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../main/cli/testing/devices';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { layers } from '../layers/registry';
import { evaluateOnce, type GivenTensor } from './evaluation';
import { layerCase } from './layer-cases';

/** The first two compare their input with a number, and PyTorch too says no to NaN; the last may cut it off. */
const mayDrop = ['sign', 'threshold', 'slice'];

const cases = [...layers.values()].flatMap((definition) =>
  definition.samples
    .filter(({ tokens, inputShapes }) => tokens === undefined && inputShapes.length > 0)
    .map((sample) => layerCase(definition, sample, 'evaluate'))
    .filter(({ random }) => !random),
);

const deviceOf = devicesForTests();

const withNaN = ({ data, ...rest }: GivenTensor): GivenTensor => ({
  ...rest,
  data: Float64Array.from(data, (value, index) => (index === Math.floor(data.length / 2) ? NaN : value)),
});

describe.each(cases)('$name', ({ definition, inputs: [input, ...others], build }) => {
  test('passes NaN on', async () => {
    const given = [withNaN(input ?? expect.unreachable('There is no input.')), ...others];
    const places = async (on: Parameters<typeof evaluateOnce>[0]) => {
      const [output] = await evaluateOnce(on, given, (tensors) => build(tensors).slice(0, 1));
      return Array.from(output ?? []).flatMap((value, place) => (Number.isNaN(value) ? [place] : []));
    };
    const expected = await places(openReferenceDevice());
    for (const kind of testedKinds) expect(await places(deviceOf(kind)), kind).toEqual(expected);
    if (!mayDrop.includes(definition.kind)) expect(expected).not.toEqual([]);
  });
});
