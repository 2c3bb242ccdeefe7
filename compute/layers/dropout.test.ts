import { expect, test } from 'vitest';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { draw } from '../testing/draw';
import { evaluateOnce } from '../testing/evaluation';
import { randomUniform } from '../ops/random-uniform.op';
import type { ForwardContext } from './layer';
import { layers } from './registry';

const shape = [100, 100];
const input = { shape, type: 'f32' as const, data: draw('dropout', shape, [1, 2]) };

async function dropped(probability: number, mode: ForwardContext['mode'], seed = 1, step = 0): Promise<Float64Array> {
  const numbers = [
    { shape: [2], type: 'i32' as const, data: Float64Array.of(seed, 0) },
    { shape: [1], type: 'i32' as const, data: Float64Array.of(step) },
  ];
  const [output] = await evaluateOnce(openReferenceDevice(), [input, ...numbers], ([x, seeds, steps]) => {
    const definition = layers.get('dropout');
    if (definition === undefined || x === undefined || seeds === undefined || steps === undefined)
      throw new Error('The case is incomplete.');
    return [definition.forward({ mode, weights: {}, random: (size) => randomUniform(seeds, steps, 5, size) }, [x], { probability }).output];
  });
  return output ?? new Float64Array();
}

test('drops its share and scales the rest, so that the mean stays', async () => {
  const output = await dropped(0.3, 'train');
  const zeros = output.filter((value) => value === 0).length;
  // 10,000 draws with probability 0.3: standard deviation √(10,000 · 0.3 · 0.7) ≈ 46, five of them allowed.
  expect(Math.abs(zeros - 3000)).toBeLessThan(5 * 46);
  output.forEach((value, index) => {
    if (value !== 0) expect(value).toBeCloseTo((input.data[index] ?? 0) / 0.7, 12);
  });
});

test('drops others at another step and with another seed, and the same again', async () => {
  const first = await dropped(0.5, 'train');
  expect(await dropped(0.5, 'train')).toEqual(first);
  expect(await dropped(0.5, 'train', 1, 1)).not.toEqual(first);
  expect(await dropped(0.5, 'train', 2, 0)).not.toEqual(first);
});

test('does nothing in evaluation', async () => {
  expect(await dropped(0.9, 'evaluate')).toEqual(input.data);
});
