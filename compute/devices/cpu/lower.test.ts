/** Shapes larger than the operations' samples: rows and their ends, blocks, parts of sums, several passes, masks, gathers. */
import { afterAll, expect, test } from 'vitest';
import { unwrap } from '../../graph/problem';
import { sizeOf, type DataType, type Shape, type Tensor } from '../../graph/tensor';
import { add } from '../../ops/add.op';
import { cast } from '../../ops/cast.op';
import { concatenate } from '../../ops/concatenate';
import { broadcastTo } from '../../ops/elementwise';
import { exp } from '../../ops/exp.op';
import { gather } from '../../ops/gather.op';
import { iota } from '../../ops/iota.op';
import { max } from '../../ops/max.op';
import { mean } from '../../ops/mean';
import { moments } from '../../ops/moments';
import { multiply } from '../../ops/multiply.op';
import { permute, transpose } from '../../ops/permute.op';
import { reshape } from '../../ops/reshape.op';
import { pad, slice } from '../../ops/slice.op';
import { softmax } from '../../ops/softmax';
import { subtract } from '../../ops/subtract.op';
import { sum } from '../../ops/sum.op';
import { evaluateOnce, type GivenTensor } from '../../testing/evaluation';
import type { Device } from '../device';
import { openReferenceDevice } from '../reference/reference-device';
import { openCpuDevice } from './cpu-device';

const numbers = (shape: Shape, seed: number, type: DataType = 'f32', limit = 256): GivenTensor => {
  let state = seed;
  const data = Float64Array.from({ length: sizeOf(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const unit = state / 2 ** 32;
    return type === 'f32' ? Math.fround(unit * 4 - 2) : Math.floor(unit * limit);
  });
  return { shape, type, data };
};

type Build = (inputs: readonly Tensor[]) => readonly Tensor[];
const of =
  (build: (x: Tensor, y: Tensor) => Tensor | readonly Tensor[]): Build =>
  ([x, y = x]) => {
    if (!x || !y) throw new Error('an input is missing');
    return [build(x, y)].flat();
  };

const cases: readonly (readonly [string, readonly GivenTensor[], Build])[] = [
  ['a chain over one long row, and its end', [numbers([20_003], 1)], of((x) => multiply(add(x, 1), exp(x)))],
  [
    'rows of prime length with what is repeated along them',
    [numbers([37, 13, 29], 2), numbers([13, 1], 3)],
    of((x, y) => add(x, broadcastTo(y, x.shape))),
  ],
  ['rows with what is repeated across them', [numbers([301, 10], 4), numbers([10], 5)], of((x, y) => add(x, broadcastTo(y, x.shape)))],
  ['a transposition', [numbers([65, 131], 6)], of((x) => add(transpose(x), 1))],
  ['a permutation that keeps the last axis', [numbers([3, 17, 5, 33], 7)], of((x) => multiply(permute(x, [0, 2, 1, 3]), 2))],
  ['a frame of zeros', [numbers([5, 9, 11], 8)], of((x) => add(pad(x, { before: [0, 2, 3], after: [1, 1, 2] }), 0))],
  ['a frame around what is computed', [numbers([7, 19], 9)], of((x) => multiply(pad(exp(x), { before: [1, 3], after: [1, 2] }), 3))],
  ['zeros between', [numbers([6, 9], 10)], of((x) => add(pad(x, { before: [0, 1], after: [1, 0], steps: [2, 3] }), 0))],
  ['every third', [numbers([11, 40], 11)], of((x) => add(slice(x, { starts: [1, 2], sizes: [5, 13], steps: [2, 3] }), 0))],
  ['side by side', [numbers([9, 14], 12), numbers([9, 23], 13)], of((x, y) => concatenate([x, y], 1))],
  ['numbers of places', [numbers([23, 31], 14)], of((x) => add(x, cast(iota(x.shape, 1), 'f32')))],
  [
    'rows of bytes',
    [numbers([50, 3, 7], 15, 'u8'), numbers([33], 16, 'i32', 50)],
    of((x, y) => multiply(cast(gather(x, y), 'f32'), 1 / 255)),
  ],
  ['bytes themselves', [numbers([50, 7], 17, 'u8'), numbers([9], 18, 'i32', 60)], of((x, y) => gather(x, y))],
  ['single numbers picked', [numbers([50], 19), numbers([301], 20, 'i32', 50)], of((x, y) => gather(x, y))],
  [
    'what is picked by what is picked',
    [numbers([70, 5], 21), numbers([40], 22, 'i32', 70)],
    of((x, y) => gather(x, gather(y, cast(multiply(cast(y, 'f32'), 0.5), 'i32')))),
  ],
  ['one sum of many', [numbers([70_001], 23)], of((x) => sum(x))],
  ['a mean of many, and what follows it', [numbers([300, 301], 24)], of((x) => exp(multiply(mean(x), 3)))],
  ['sums along the last axis', [numbers([131, 77], 25)], of((x) => sum(x, [1]))],
  ['sums along the first axis', [numbers([1031, 77], 26)], of((x) => multiply(sum(x, [0]), 0.5))],
  ['sums along the first axis into few', [numbers([9001, 3], 27)], of((x) => sum(x, [0]))],
  ['sums along the first and last axes', [numbers([33, 7, 191], 28)], of((x) => sum(x, [0, 2]))],
  ['sums along the middle', [numbers([9, 300, 21], 29)], of((x) => sum(x, [1]))],
  ['the greatest', [numbers([61, 203], 30)], of((x) => max(x, [1]))],
  ['the greatest of columns', [numbers([203, 61], 31)], of((x) => max(x, [0]))],
  ['softmax of rows', [numbers([64, 10], 32)], of((x) => softmax(x))],
  ['softmax of long rows', [numbers([9, 3001], 33)], of((x) => softmax(x))],
  [
    'moments of channels',
    [numbers([16, 6, 30, 30], 34)],
    of((x) => {
      const { mean: average, variance } = moments(x, [0, 2, 3]);
      return [average, variance];
    }),
  ],
  [
    'what is left when the mean is taken away',
    [numbers([128, 33], 35)],
    of((x) => subtract(x, broadcastTo(reshape(mean(x, [1]), [128, 1]), [128, 33]))),
  ],
  ['a sum of sums', [numbers([40, 50, 60], 36)], of((x) => [sum(exp(sum(multiply(x, 0.05), [2]))), sum(x, [0, 1])])],
];

const oracle = openReferenceDevice();
const devices: Device[] = [];
afterAll(() => {
  for (const device of devices) device.dispose();
});

/**
 * float32 rounds to 2⁻²⁴ ≈ 6e-8 of each number. The longest sums here add 90,000 numbers of at most 8 in at least 64 strands, so that what
 * is added to is at most 1,400 roundings old; their errors, which are of either sign, stay below 1e-5 of the sum of magnitudes.
 */
const tolerance = 1e-5;

test.each(cases)('%s', async (_name, inputs, build) => {
  const device = devices[0] ?? unwrap(await openCpuDevice());
  if (devices.length === 0) devices.push(device);
  const [expected, found] = [await evaluateOnce(oracle, inputs, build), await evaluateOnce(device, inputs, build)];
  expect(found.length).toBe(expected.length);
  expected.forEach((values, number) => {
    const size = Math.max(1, ...values.map(Math.abs));
    const worst = values.reduce((most, value, place) => Math.max(most, Math.abs(value - (found[number]?.[place] ?? NaN)) / size), 0);
    expect(worst).toBeLessThan(tolerance);
  });
});
