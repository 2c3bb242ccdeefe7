/** What the layers that draw random numbers do, by its statistics: which numbers they draw, no other program can say. */
import { describe, expect, test } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import type { ParameterValues } from '../graph/parameter-schema';
import type { Shape } from '../graph/tensor';
import { randomUniform } from '../ops/random-uniform.op';
import { draw } from '../testing/draw';
import { evaluateOnce } from '../testing/evaluation';
import type { ForwardContext } from './layer';
import { layers } from './registry';

interface Case {
  readonly kind: string;
  readonly parameters: ParameterValues;
  readonly shape: Shape;
}

const dropout: Case = { kind: 'dropout', parameters: { probability: 0.3 }, shape: [100, 100] };
const spatialDropout: Case = { kind: 'spatial-dropout', parameters: { probability: 0.3 }, shape: [100, 100, 2, 2] };
const gaussianNoise: Case = { kind: 'gaussian-noise', parameters: { deviation: 0.5 }, shape: [100, 100] };
const noisyRelu: Case = { kind: 'noisy-relu', parameters: {}, shape: [100, 100] };

const inputOf = ({ kind, shape }: Case) => ({ shape, type: 'f32' as const, data: draw(kind, shape, [1, 2]) });

async function computed(item: Case, mode: ForwardContext['mode'] = 'train', seed = 1, step = 0): Promise<Float64Array> {
  const numbers = [
    { shape: [2], type: 'i32' as const, data: Float64Array.of(seed, 0) },
    { shape: [1], type: 'i32' as const, data: Float64Array.of(step) },
  ];
  const [output = new Float64Array()] = await evaluateOnce(openReferenceDevice(), [inputOf(item), ...numbers], ([x, seeds, steps]) => {
    const definition = layers.get(item.kind);
    if (definition === undefined || x === undefined || seeds === undefined || steps === undefined)
      throw new Error('The case is incomplete.');
    let key = 5;
    const random = (size: Shape) => randomUniform(seeds, steps, key++, size);
    return [definition.forward({ mode, weights: {}, random }, [x], item.parameters).output];
  });
  return output;
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each([dropout, spatialDropout, gaussianNoise, noisyRelu])('$kind', (item) => {
  test('draws others at another step and with another seed, and the same again', async () => {
    const first = await computed(item);
    expect(await computed(item)).toEqual(first);
    expect(await computed(item, 'train', 1, 1)).not.toEqual(first);
    expect(await computed(item, 'train', 2, 0)).not.toEqual(first);
  });

  test('draws nothing in evaluation', async () => {
    expect(await computed(item, 'evaluate')).toEqual(inputOf(item).data);
  });
});

test.each([
  { ...dropout, piece: 1 },
  { ...spatialDropout, piece: 4 },
])('$kind drops its share, $piece at a time, and scales the rest, so that the mean stays', async ({ piece, ...item }) => {
  const output = await computed(item);
  const { data } = inputOf(item);
  const pieces = Array.from({ length: output.length / piece }, (_, index) => output.subarray(index * piece, (index + 1) * piece));
  const dropped = pieces.filter((values) => values[0] === 0);
  for (const values of dropped) expect([...values]).toEqual(new Array(piece).fill(0));
  // 10,000 draws with probability 0.3: standard deviation √(10,000 · 0.3 · 0.7) ≈ 46, five of them allowed.
  expect(Math.abs(dropped.length - 3000)).toBeLessThan(5 * 46);
  output.forEach((value, index) => {
    if (value !== 0) expect(value).toBeCloseTo((data[index] ?? 0) / 0.7, 12);
  });
});

test.each([
  // The inputs lie in 1 … 2: ReLU cuts off noise of deviation √σ(x) ≈ 0.9 only where it is below −x.
  ['gaussian-noise', gaussianNoise, () => 0.5],
  ['noisy-relu', noisyRelu, (x: number) => Math.sqrt(1 / (1 + Math.exp(-x)))],
])('the noise of %s is standard normal', async (_name, item, deviation) => {
  const output = await computed(item);
  const { data } = inputOf(item);
  const noise = output.map((value, index) => (value - (data[index] ?? 0)) / deviation(data[index] ?? 0));
  if (item === gaussianNoise) {
    const mean = meanOf(noise);
    const variance = meanOf(noise.map((value) => (value - mean) ** 2));
    const kurtosis = meanOf(noise.map((value) => (value - mean) ** 4)) / variance ** 2;
    // Of 10,000 normal numbers mean, variance and kurtosis have standard errors of 0.01, 0.014 and 0.05; five of each.
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.07);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.25);
  }
  // Within one deviation lie 68.27 %, and ReLU touches none of them: x > 1 > 0.9. Standard error 0.47 %, five of them.
  const within = noise.filter((value) => Math.abs(value) < 1).length / noise.length;
  expect(Math.abs(within - 0.6827)).toBeLessThan(0.0235);
});
