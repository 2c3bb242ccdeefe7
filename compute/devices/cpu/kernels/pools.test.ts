/** Pooling in WebAssembly held against the operations' own float64 reference: on their samples, awkward sizes, and with NaN. */
import { expect, test } from 'vitest';
import { adaptiveAveragePool2dGradientOperation, adaptiveAveragePool2dOperation } from '../../../ops/adaptive-average-pool-2d.op';
import { averagePool2dGradientOperation, averagePool2dOperation } from '../../../ops/average-pool-2d.op';
import { maxPool2dGradientOperation, maxPool2dOperation, maxPool2dSelectOperation } from '../../../ops/max-pool-2d.op';
import { describeKernel, f32, worstOf } from '../../../testing/kernel-comparison';

interface Pool {
  readonly name: string;
  readonly shape: readonly [number, number, number, number];
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

const pool = (
  name: string,
  shape: Pool['shape'],
  kernel: Pool['kernelSize'],
  stride = kernel,
  padding: Pool['padding'] = [0, 0],
): Pool => ({
  name,
  shape,
  kernelSize: kernel,
  stride,
  padding,
});

const pools: readonly Pool[] = [
  pool('a point', [1, 1, 1, 1], [1, 1]),
  pool('no images', [0, 3, 4, 4], [2, 2]),
  pool('rows of 12', [5, 7, 24, 24], [2, 2]),
  pool('many small planes', [40, 33, 2, 2], [2, 2]),
  pool('rows of 7 that leave a rest', [2, 3, 15, 15], [2, 2]),
  pool('3×3 without overlap', [2, 3, 17, 22], [3, 3]),
  pool('5×4 without overlap', [2, 2, 11, 21], [5, 4]),
  pool('the whole plane', [3, 4, 7, 9], [7, 9]),
  pool('3×3 every second, padded', [2, 3, 13, 16], [3, 3], [2, 2], [1, 1]),
  pool('3×3 every second', [2, 3, 27, 27], [3, 3], [2, 2]),
  pool('3×3 everywhere', [2, 3, 9, 10], [3, 3], [1, 1], [1, 1]),
  pool('5×5 every third, padded', [1, 2, 14, 19], [5, 5], [3, 3], [2, 2]),
  pool('apart', [1, 2, 23, 31], [2, 3], [5, 7]),
  pool('far apart in one window', [1, 2, 9, 9], [3, 3], [20, 20]),
];

const attributesOf = ({ kernelSize, stride, padding }: Pool) => ({ kernelSize, stride, padding });
const outputOf = (one: Pool) => maxPool2dOperation.infer([f32(...one.shape)], attributesOf(one));

describeKernel(
  maxPool2dOperation,
  pools.map((one) => ({ name: one.name, inputs: [f32(...one.shape)], attributes: attributesOf(one) })),
);
describeKernel(
  maxPool2dGradientOperation,
  pools.map((one) => ({ name: one.name, inputs: [f32(...one.shape), outputOf(one)], attributes: attributesOf(one) })),
);
describeKernel(
  maxPool2dSelectOperation,
  pools.map((one) => ({ name: one.name, inputs: [f32(...one.shape), f32(...one.shape)], attributes: attributesOf(one) })),
);

describeKernel(
  averagePool2dOperation,
  pools.map((one) => ({ name: one.name, inputs: [f32(...one.shape)], attributes: attributesOf(one) })),
);
describeKernel(
  averagePool2dGradientOperation,
  pools.map((one) => ({
    name: one.name,
    inputs: [outputOf(one)],
    attributes: { ...attributesOf(one), inputSize: [one.shape[2], one.shape[3]] },
  })),
);

const adaptive = [
  [3, 4, 7, 9, 7, 9],
  [2, 5, 13, 6, 6, 6],
  [2, 3, 5, 4, 7, 7],
  [30, 20, 8, 8, 1, 1],
  [1, 3, 37, 41, 6, 5],
] as const;
describeKernel(
  adaptiveAveragePool2dOperation,
  adaptive.map(([batch, channels, height, width, ...outputSize]) => ({
    name: `${String(height)}×${String(width)} to ${outputSize.join('×')}`,
    inputs: [f32(batch, channels, height, width)],
    attributes: { outputSize },
  })),
);
describeKernel(
  adaptiveAveragePool2dGradientOperation,
  adaptive.map(([batch, channels, height, width, ...outputSize]) => ({
    name: `${outputSize.join('×')} to ${String(height)}×${String(width)}`,
    inputs: [f32(batch, channels, ...outputSize)],
    attributes: { inputSize: [height, width] },
  })),
);

/** Planes in which many elements are equal, some NaN and some −∞. */
const odd = (count: number): number[] =>
  Array.from({ length: count }, (_, place) => [1, 1, -Infinity, NaN, 1, 0, -Infinity, 0, 1][(place * place + (place >> 3)) % 9] ?? 0);

test.each(pools.filter(({ shape }) => shape[0] > 0).map((one) => [one.name, one] as const))(
  'of equals the first wins, of NaN the last: %s',
  async (_name, one) => {
    const { shape } = one;
    const values = odd(shape.reduce((product, size) => product * size, 1));
    const x = { ...f32(...shape), values };
    const given = { name: '', attributes: attributesOf(one) };
    expect(await worstOf(maxPool2dGradientOperation, { ...given, inputs: [x, outputOf(one)] })).toBeLessThan(1e-6);
    expect(await worstOf(maxPool2dSelectOperation, { ...given, inputs: [x, f32(...shape)] })).toBeLessThan(1e-6);
    expect(await worstOf(maxPool2dOperation, { ...given, inputs: [x] })).toBe(0);
  },
);
