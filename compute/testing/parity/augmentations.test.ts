/** Every augmentation against PyTorch in float64, for the same random numbers; WebGPU and the CPU in float32. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { devicesForTests, testedKinds } from '../../../main/cli/testing/devices';
import { augment, chooseAugmentations } from '../../augmentations/augment';
import { mergedLines } from '../../augmentations/pytorch';
import { augmentations } from '../../augmentations/registry';
import type { Device } from '../../devices/device';
import { openReferenceDevice } from '../../devices/reference/reference-device';
import type { ParameterValues } from '../../graph/parameter-schema';
import { philox, streamKey, uniformOf } from '../../graph/philox';
import { unwrap } from '../../graph/problem';
import { sizeOf, type Shape, type Tensor } from '../../graph/tensor';
import { cast } from '../../ops/cast.op';
import { constant } from '../../ops/constant.op';
import { deviationOf } from '../comparison';
import { evaluateOnce, type GivenTensor } from '../evaluation';
import { arrayMessage, runPython } from './python';

/** Both compute in float64; a place in the picture is off by some 1e-15 pixels. */
const REFERENCE_BOUND = 1e-12;
/** In float32 a place some 10 pixels from the centre is off by some 1e-6 pixels, and neighbours differ by up to 1; the table of quantiles likewise. */
const FLOAT32_BOUND = 2e-5;

interface Step {
  readonly kind: string;
  readonly parameters: ParameterValues;
}
interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly shape: Shape;
}

const of = (kind: string, parameters: ParameterValues = {}, shape: Shape = [5, 3, 7, 10]): Case => ({
  name: `${kind} ${JSON.stringify(parameters)}`,
  steps: [{ kind, parameters }],
  shape,
});

const cases: readonly Case[] = [
  ...[...augmentations.keys()].map((kind) => of(kind)),
  of('translation', { horizontal: 4, vertical: 0, outside: 'edge' }),
  of('padded-crop', { padding: 3, outside: 'edge' }, [5, 1, 6, 6]),
  of('rotation', { angle: 180, outside: 'edge' }),
  of('rotation', { angle: 60 }, [3, 1, 9, 4]),
  of('zoom', { factor: 3 }),
  of('resized-crop', { leastArea: 0.1, aspectRatio: 2 }),
  of('cutout', { size: 3, value: 0.5 }),
  of('noise', { deviation: 0.5 }, [4, 6]),
  of('mixup', { alpha: 2 }, [6, 5]),
  of('mixup', { alpha: 1 }, [1, 5]),
  {
    name: 'the recipe for CIFAR, as one map',
    steps: [
      { kind: 'horizontal-reflection', parameters: {} },
      { kind: 'padded-crop', parameters: { padding: 2 } },
    ],
    shape: [6, 3, 8, 8],
  },
  {
    name: 'turned, moved and enlarged, as one map',
    steps: [
      { kind: 'rotation', parameters: {} },
      { kind: 'translation', parameters: {} },
      { kind: 'zoom', parameters: {} },
    ],
    shape: [6, 1, 8, 9],
  },
  {
    name: 'one after another',
    steps: [
      { kind: 'rotation', parameters: { outside: 'edge' } },
      { kind: 'cutout', parameters: { size: 2 } },
      { kind: 'horizontal-reflection', parameters: {} },
      { kind: 'noise', parameters: {} },
      { kind: 'mixup', parameters: {} },
    ],
    shape: [6, 3, 8, 8],
  },
];

function drawn(shape: Shape, key: string): Float64Array {
  const words = new Uint32Array(4);
  return Float64Array.from({ length: sizeOf(shape) }, (_, index) => {
    philox(index, 0, streamKey(key), 0, 7, 0, words);
    return uniformOf(words[0] ?? 0);
  });
}
const given = (shape: Shape, key: string): GivenTensor => ({ shape, type: 'f32', data: drawn(shape, key) });
const colours: GivenTensor = { shape: [3, 3], type: 'f32', data: Float64Array.of(0.5, -0.25, 0.125, 0.75, 0.25, -0.5, 0.25, 0.5, 0.0625) };

/** What a case asks for: samples, colours, and its random numbers in the order of the asking. */
function prepare({ name, steps, shape }: Case) {
  const chosen = unwrap(chooseAugmentations(steps, { sampleShape: shape.slice(1), sampleType: 'f32' }));
  const draws: GivenTensor[] = [];
  augment(constant(0, shape), chosen, {
    random: (key, wanted) => {
      draws.push(given(wanted, `${name} ${key}`));
      return constant(0.5, wanted);
    },
    colours: constant(0, [3, 3]),
  });
  const samples = given(shape, name);
  const build = ([images, components, ...numbers]: readonly Tensor[]): Tensor[] => {
    if (images === undefined) return [];
    const left = [...numbers];
    const random = (): Tensor => left.shift() ?? expect.unreachable('There are as many numbers as before.');
    const { samples: result, mixture } = augment(images, chosen, { random, colours: components ?? null });
    return mixture === null ? [result] : [result, mixture.share, cast(mixture.partner, 'f32')];
  };
  const message = {
    name,
    samples: arrayMessage(shape, samples.data),
    colours: arrayMessage([3, 3], colours.data),
    draws: draws.map(({ shape: size, data }) => arrayMessage(size, data)),
    lines: mergedLines(chosen.map(({ definition, parameters }) => definition.pytorch(parameters))).flat(),
  };
  return { inputs: [samples, colours, ...draws], build, message };
}

interface Expected {
  readonly samples: readonly number[];
  readonly share: readonly number[];
  readonly partner: readonly number[];
}

const functions = readFileSync(new URL('../../../resources/pytorch/pictures.py', import.meta.url), 'utf8');
const prepared = new Map(cases.map((item) => [item, prepare(item)]));
let expected: readonly Expected[] = [];
beforeAll(async () => {
  const message = { functions, cases: [...prepared.values()].map((item) => item.message) };
  // The script prints one result of this form a case.
  expected = (await runPython('augmentations.py', message)) as Expected[];
}, 120_000);

async function compare(device: Device, item: Case, bound: number): Promise<void> {
  const { inputs, build } = prepared.get(item) ?? expect.unreachable('Every case was prepared.');
  const torch = expected[cases.indexOf(item)] ?? expect.unreachable('The script gave a result for each case.');
  const [samples = [], share = [], partner = []] = await evaluateOnce(device, inputs, build);
  expect(deviationOf(samples, torch.samples), item.name).toBeLessThan(bound);
  expect(deviationOf(share, torch.share), item.name).toBeLessThan(bound);
  expect(Array.from(partner), item.name).toEqual(torch.partner);
}

describe('augmentations', () => {
  test.each(cases)('$name: computes what PyTorch computes', async (item) => {
    await compare(openReferenceDevice(), item, REFERENCE_BOUND);
  });

  const deviceOf = devicesForTests();
  test.each(testedKinds)('compute it on %s too', { timeout: 120_000 }, async (kind) => {
    for (const item of cases) await compare(deviceOf(kind), item, FLOAT32_BOUND);
  });
});
