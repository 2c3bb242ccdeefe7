/**
 * Every augmentation against what it is by definition, pixel by pixel in plain loops that share nothing with it: which pixel of the
 * picture each pixel shows, or what becomes of its value. (That all devices and PyTorch agree, compute/testing/parity shows.)
 */
import { describe, expect, it } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { ParameterValues } from '../graph/parameter-schema';
import { unwrap } from '../graph/problem';
import { sizeOf, type Shape, type Tensor } from '../graph/tensor';
import { constant } from '../ops/constant.op';
import { deviationOf } from '../testing/comparison';
import { evaluateOnce, type GivenTensor } from '../testing/evaluation';
import { augment, chooseAugmentations } from './augment';
import { augmentations } from './registry';

const [batch, channels, rows, columns] = [3, 3, 6, 9] as const;
const shape: Shape = [batch, channels, rows, columns];
const pictures = Float64Array.from({ length: sizeOf(shape) }, (_, at) => ((at * 7919) % 1009) / 1009);
const colours = [0.5, -0.25, 0.125, 0.75, 0.25, -0.5, 0.25, 0.5, 0.0625];

/** A pixel of a sample; 0 outside. */
function pixel(sample: number, channel: number, row: number, column: number): number {
  if (row < 0 || row >= rows || column < 0 || column >= columns) return 0;
  return pictures[((sample * channels + channel) * rows + row) * columns + column] ?? NaN;
}

/** Between whole pixels: their mean, each by how near it is. */
function between(sample: number, channel: number, row: number, column: number, edge = false): number {
  const [y, x] = edge ? [Math.min(rows - 1, Math.max(0, row)), Math.min(columns - 1, Math.max(0, column))] : [row, column];
  let sum = 0;
  for (const dy of [0, 1])
    for (const dx of [0, 1]) {
      const [at, to] = [Math.floor(y) + dy, Math.floor(x) + dx];
      sum += (1 - Math.abs(y - at)) * (1 - Math.abs(x - to)) * pixel(sample, channel, at, to);
    }
  return sum;
}

type Draws = (stream: number, place: number) => number;
/** The value that the picture has there afterwards. */
type Definition = (draws: Draws, sample: number, channel: number, row: number, column: number) => number;

const [middleRow, middleColumn] = [(rows - 1) / 2, (columns - 1) / 2];
/** One of −n … n. */
const step = (draw: number, n: number): number => Math.min(2 * n, Math.floor(draw * (2 * n + 1))) - n;
const normal = (first: number, second: number): number => Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);

const cases: readonly (readonly [kind: string, parameters: ParameterValues, is: Definition])[] = [
  [
    'translation',
    { horizontal: 3, vertical: 1 },
    (draws, sample, channel, row, column) => pixel(sample, channel, row + step(draws(1, sample), 1), column + step(draws(0, sample), 3)),
  ],
  [
    'padded-crop',
    { padding: 2 },
    (draws, sample, channel, row, column) => pixel(sample, channel, row + step(draws(1, sample), 2), column + step(draws(0, sample), 2)),
  ],
  [
    'horizontal-reflection',
    { probability: 0.6 },
    (draws, sample, channel, row, column) => pixel(sample, channel, row, draws(0, sample) < 0.6 ? columns - 1 - column : column),
  ],
  [
    'vertical-reflection',
    { probability: 0.6 },
    (draws, sample, channel, row, column) => pixel(sample, channel, draws(0, sample) < 0.6 ? rows - 1 - row : row, column),
  ],
  [
    'rotation',
    { angle: 50 },
    (draws, sample, channel, row, column) => {
      const turn = ((2 * draws(0, sample) - 1) * 50 * Math.PI) / 180;
      // As polar coordinates about the middle: the distance stays, the angle grows.
      const distance = Math.hypot(row - middleRow, column - middleColumn);
      const angle = Math.atan2(row - middleRow, column - middleColumn) + turn;
      return between(sample, channel, middleRow + distance * Math.sin(angle), middleColumn + distance * Math.cos(angle));
    },
  ],
  [
    'zoom',
    { factor: 3 },
    (draws, sample, channel, row, column) => {
      const size = 3 ** (2 * draws(0, sample) - 1);
      return between(sample, channel, middleRow + (row - middleRow) * size, middleColumn + (column - middleColumn) * size);
    },
  ],
  [
    'resized-crop',
    { leastArea: 0.2, aspectRatio: 2 },
    (draws, sample, channel, row, column) => {
      const area = 0.2 + 0.8 * draws(0, sample);
      const ratio = 2 ** (2 * draws(1, sample) - 1);
      const [width, height] = [Math.min(1, Math.sqrt(area * ratio)) * columns, Math.min(1, Math.sqrt(area / ratio)) * rows];
      // The part begins somewhere from edge to edge; pixels are squares whose middles are half a pixel in.
      const [left, top] = [draws(2, sample) * (columns - width), draws(3, sample) * (rows - height)];
      return between(sample, channel, top + ((row + 0.5) * height) / rows - 0.5, left + ((column + 0.5) * width) / columns - 0.5, true);
    },
  ],
  [
    'cutout',
    { size: 3, value: 0.25 },
    (draws, sample, channel, row, column) => {
      const [y, x] = [Math.floor(draws(0, sample) * rows), Math.floor(draws(1, sample) * columns)];
      return Math.abs(row - y) <= 1 && Math.abs(column - x) <= 1 ? 0.25 : pixel(sample, channel, row, column);
    },
  ],
  [
    'noise',
    { deviation: 0.3 },
    (draws, sample, channel, row, column) => {
      const place = ((sample * channels + channel) * rows + row) * columns + column;
      return pixel(sample, channel, row, column) + 0.3 * normal(draws(0, place), draws(1, place));
    },
  ],
  [
    'colour-shift',
    { strength: 0.2 },
    // [p₁ p₂ p₃][α₁λ₁ α₂λ₂ α₃λ₃]ᵀ
    (draws, sample, channel, row, column) =>
      [0, 1, 2].reduce(
        (value, k) => value + 0.2 * normal(draws(0, 3 * sample + k), draws(1, 3 * sample + k)) * (colours[3 * channel + k] ?? NaN),
        pixel(sample, channel, row, column),
      ),
  ],
];

/** What the augmentation makes of the pictures for random numbers that are evenly spread, and those numbers. */
async function computed(kind: string, parameters: ParameterValues) {
  const chosen = unwrap(chooseAugmentations([{ kind, parameters }], { sampleShape: shape.slice(1), sampleType: 'f32' }));
  const given: GivenTensor[] = [
    { shape, type: 'f32', data: pictures },
    { shape: [3, 3], type: 'f32', data: Float64Array.from(colours) },
  ];
  augment(constant(0, shape), chosen, {
    random: (_, wanted) => {
      const stream = given.length;
      const data = Float64Array.from({ length: sizeOf(wanted) }, (__, at) => (0.137 * stream + 0.618034 * (at + 1)) % 1);
      given.push({ shape: wanted, type: 'f32', data });
      return constant(0.5, wanted);
    },
    colours: constant(0, [3, 3]),
  });
  const results = await evaluateOnce(openReferenceDevice(), given, ([samples, components, ...streams]) => {
    if (samples === undefined || components === undefined) return [];
    const left = [...streams];
    const random = (): Tensor => left.shift() ?? expect.unreachable('as many as before');
    const { samples: changed, mixture } = augment(samples, chosen, { random, colours: components });
    return mixture === null ? [changed] : [changed, mixture.share];
  });
  const draws: Draws = (stream, place) => given[2 + stream]?.data[place] ?? NaN;
  return { results, draws };
}

describe('augmentations', () => {
  it.each(cases)('%s %o is what it is by definition', async (kind, parameters, is) => {
    const { results, draws } = await computed(kind, parameters);
    const expected = Float64Array.from({ length: sizeOf(shape) }, (_, at) => {
      const [row, column] = [Math.floor(at / columns) % rows, at % columns];
      return is(draws, Math.floor(at / (channels * rows * columns)), Math.floor(at / (rows * columns)) % channels, row, column);
    });
    // Both in float64; places in the picture are off by some 1e-15 pixels.
    expect(deviationOf(results[0] ?? [], expected)).toBeLessThan(1e-12);
    expect(deviationOf(pictures, expected)).toBeGreaterThan(1e-3);
  });

  it('mixup mixes each sample with another one, in a share of Beta(1, 1) folded to ½ … 1', async () => {
    const { results, draws } = await computed('mixup', { alpha: 1 });
    const [mixed = [], share = []] = results;
    const size = channels * rows * columns;
    for (let sample = 0; sample < batch; sample++) {
      // Evenly spread from ½ to 1: the quantile of the draw.
      expect(share[sample]).toBeCloseTo(0.5 + draws(0, sample) / 2, 6);
      const own = share[sample] ?? NaN;
      const partners = [0, 1, 2].filter(
        (other) =>
          other !== sample &&
          Array.from({ length: size }, (_, at) => at).every(
            (at) =>
              Math.abs(
                own * (pictures[sample * size + at] ?? 0) +
                  (1 - own) * (pictures[other * size + at] ?? 0) -
                  (mixed[sample * size + at] ?? NaN),
              ) < 1e-12,
          ),
      );
      expect(partners).toHaveLength(1);
    }
  });

  it('are all held to a definition here', () => {
    expect([...cases.map(([kind]) => kind), 'mixup'].sort()).toEqual([...augmentations.keys()].sort());
  });
});
