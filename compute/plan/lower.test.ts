/** What the plan makes of programs: how many kernels, and which buffers. No device is needed to tell. */
import { describe, expect, it } from 'vitest';
import type { DeviceProfile, Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { convolution2d } from '../ops/convolution-2d.op';
import { broadcastTo } from '../ops/elementwise';
import { matrixProduct } from '../ops/matrix-product.op';
import { mean } from '../ops/mean';
import { multiply, square } from '../ops/multiply.op';
import { permute } from '../ops/permute.op';
import { reciprocal } from '../ops/reciprocal.op';
import { relu } from '../ops/relu.op';
import { reshape } from '../ops/reshape.op';
import { softmax } from '../ops/softmax';
import { sqrt } from '../ops/sqrt.op';
import { subtract } from '../ops/subtract.op';
import { sum } from '../ops/sum.op';
import { bufferKey } from './kernel-bindings';
import { lowerProgram, type Plan } from './lower';
import { readState, type Assignment, type StateReference } from './program';

const profile: DeviceProfile = {
  software: false,
  quads: false,
  tileCost: null,
  halves: 'packed',
  maximumWorkgroupInvocations: 256,
  maximumWorkgroupsPerDimension: 65535,
  maximumWorkgroupStorageBytes: 16384,
};

const state = (arena: string, ...shape: number[]): StateReference => ({ arena, offset: 0, shape, type: 'f32' });
const read = (arena: string, ...shape: number[]): Tensor => readState(state(arena, ...shape));

const plan = (assignments: readonly Assignment[], maximumBindings = 8): Plan =>
  lowerProgram({ name: 'test', phases: [{ assignments }] }, { profile, maximumBindings });

const buffers = (one: Plan): string[][] => one.kernels.map(({ bindings }) => bindings.map(({ buffer }) => bufferKey(buffer)));

describe('the plan', () => {
  it('computes equal expressions once', () => {
    const make = () => sum(multiply(read('x', 40, 50), read('y', 40, 50)), [1]);
    const { kernels } = plan([{ target: state('z', 40), value: add(make(), make()) }]);
    expect(kernels).toHaveLength(1);
  });

  it('fuses a chain, its views and its broadcasts into one kernel', () => {
    const x = permute(reshape(read('x', 6, 4), [2, 3, 4]), [2, 0, 1]);
    const { kernels } = plan([{ target: state('z', 4, 2, 3), value: relu(add(multiply(x, 2), read('bias', 3))) }]);
    expect(kernels).toHaveLength(1);
  });

  it('runs what follows a product elementwise as its epilogue, straight into the state', () => {
    const value = relu(add(matrixProduct(read('a', 8, 5), read('b', 5, 6)), read('bias', 6)));
    const one = plan([{ target: state('z', 8, 6), value }]);
    expect(one.kernels).toHaveLength(1);
    expect(one.workspaces).toEqual([]);
    expect(buffers(one)[0]).toContain('arena z');
  });

  it('transforms tiles for a convolution of 3×3 only where it was found faster, and in full precision', () => {
    const phase = {
      assignments: [{ target: state('y', 2, 16, 6, 6), value: convolution2d(read('x', 2, 16, 8, 8), read('w', 16, 16, 3, 3)) }],
    };
    const names = (using: DeviceProfile, intermediates: 'f32' | 'f16' = 'f32'): string[] =>
      lowerProgram({ name: 'test', phases: [{ ...phase, intermediates }] }, { profile: using, maximumBindings: 8 }).kernels.map(
        ({ name }) => name,
      );
    const software = { ...profile, software: true, quads: true, tileCost: 100 };
    expect(names(software)).toEqual(['tileTransform', 'tileTransform', 'matrixProduct', 'tileAssembly']);
    expect(names(software, 'f16')).toEqual(['convolution2d']);
    // Few blocks on a GPU: cut along the depth, and added up in a second kernel.
    expect(names(profile)).toEqual(['convolution2d', 'convolution2d, splits']);
  });

  it('reads a reduction’s input through the chain before it', () => {
    const { kernels } = plan([{ target: state('z', 40), value: sum(multiply(read('x', 40, 50), read('x', 40, 50)), [1]) }]);
    expect(kernels).toHaveLength(1);
  });

  it('updates several states of one size in one kernel, each in place', () => {
    const [w, g, m] = ['w', 'g', 'm'].map((name) => read(name, 1000));
    if (!w || !g || !m) throw new Error('three tensors were made');
    const momentum = add(multiply(m, 0.9), g);
    const one = plan([
      { target: state('w', 1000), value: add(w, multiply(momentum, -0.1)) },
      { target: state('m', 1000), value: momentum },
    ]);
    expect(one.kernels).toHaveLength(1);
    expect(one.workspaces).toEqual([]);
  });

  it('goes through an intermediate where states read each other', () => {
    const one = plan([
      { target: state('a', 10, 20), value: permute(read('b', 20, 10), [1, 0]) },
      { target: state('b', 20, 10), value: permute(read('a', 10, 20), [1, 0]) },
    ]);
    // One kernel makes both, so neither may overwrite what the other still reads.
    expect(one.workspaces).toEqual([200, 200]);
    expect(one.kernels).toHaveLength(3);
  });

  it('drops what nothing needs and reuses intermediates', () => {
    let x = read('x', 16, 16);
    for (let layer = 0; layer < 6; layer++) x = relu(matrixProduct(x, read(`w${String(layer)}`, 16, 16)));
    const one = plan([{ target: state('z', 16, 16), value: x }]);
    expect(one.kernels).toHaveLength(6);
    expect(one.workspaces).toHaveLength(2);
  });

  it('never binds more buffers than the device has', () => {
    const value = Array.from({ length: 20 }, (_, position) => read(`x${String(position)}`, 100)).reduce((total, x) => add(total, x));
    const one = plan([{ target: state('z', 100), value }], 8);
    expect(Math.max(...buffers(one).map((list) => list.length))).toBeLessThanOrEqual(8);
  });

  it('never binds a buffer twice in one kernel', () => {
    const x = read('x', 64);
    const one = plan([{ target: state('x', 64), value: add(x, sum(x)) }]);
    for (const list of buffers(one)) expect(new Set(list).size).toBe(list.length);
  });

  it('makes softmax one kernel: both reductions and the elements that follow', () => {
    const { kernels, workspaces } = plan([{ target: state('z', 1000, 10), value: softmax(read('x', 1000, 10)) }]);
    expect(kernels.map(({ variant }) => variant)).toEqual(['serial-passes-3']);
    expect(workspaces).toEqual([]);
  });

  it('takes mean and variance of few channels in one kernel, and uses them in another', () => {
    const x = read('x', 32, 16, 8, 8);
    const average = mean(x, [0, 2, 3]);
    const centred = subtract(x, broadcastTo(reshape(average, [16, 1, 1]), x.shape));
    const variance = mean(square(centred), [0, 2, 3]);
    const value = multiply(centred, broadcastTo(reshape(reciprocal(sqrt(add(variance, 1e-5))), [16, 1, 1]), x.shape));
    const { kernels } = plan([
      { target: state('z', ...x.shape), value },
      { target: state('mean', 16), value: average },
      { target: state('variance', 16), value: variance },
    ]);
    expect(kernels.map(({ variant }) => variant)).toEqual(['workgroup-256-passes-2', 'elementwise']);
  });

  it('sums one tensor in several ways at once', () => {
    const x = read('x', 300, 70);
    const { kernels } = plan([
      { target: state('a', 300), value: sum(x, [1]) },
      { target: state('b', 300), value: sum(square(x), [1]) },
    ]);
    expect(kernels).toHaveLength(1);
  });

  it('keeps apart reductions that need each other’s results at other places', () => {
    const x = read('x', 40, 40);
    const rows = sum(x, [1]);
    const value = sum(multiply(x, broadcastTo(rows, x.shape)), [1]);
    expect(plan([{ target: state('z', 40), value }]).kernels).toHaveLength(2);
    const own = sum(multiply(x, broadcastTo(reshape(rows, [40, 1]), x.shape)), [1]);
    expect(plan([{ target: state('z', 40), value: own }]).kernels).toHaveLength(1);
  });

  it('puts small reductions that nothing waits for into one kernel, large ones not', () => {
    const sums = (rows: number) =>
      ['a', 'b', 'c'].map((name, axis) => ({ target: state(`z${name}`, 20 + axis), value: sum(read(name, 20 + axis, rows), [1]) }));
    expect(plan(sums(40)).kernels.map(({ variant }) => variant)).toEqual(['jobs-3']);
    const value = relu(matrixProduct(read('x', 8000, 5), read('y', 5, 600)));
    const used = plan([{ target: state('p', 8000, 600), value }, { target: state('z', 8000), value: sum(value, [1]) }, ...sums(40)]);
    expect(used.kernels).toHaveLength(3);
  });

  it('computes all that follows a product at its own element where the product is at hand', () => {
    const product = matrixProduct(read('a', 8, 5), read('b', 5, 6));
    const value = multiply(add(product, 1), relu(product));
    const { kernels, workspaces } = plan([
      { target: state('y', 8, 6), value },
      { target: state('z', 8, 6), value: square(value) },
    ]);
    expect(kernels).toHaveLength(1);
    expect(workspaces).toEqual([]);
  });

  it('writes one source for the same work on different parts of an arena', () => {
    const part = (offset: number): StateReference => ({ arena: 'weights', offset, shape: [64, 32], type: 'f32' });
    const one = plan(
      [128, 8192].map((offset, number) => ({
        target: state(`z${String(number)}`, 10, 32),
        value: matrixProduct(read(`x${String(number)}`, 10, 64), readState(part(offset))),
      })),
    );
    expect(new Set(one.kernels.map(({ source }) => source)).size).toBe(1);
    expect(one.kernels.map(({ bindings }) => bindings.find(({ buffer }) => bufferKey(buffer) === 'arena weights'))).toMatchObject([
      { offset: 128 * 4, bytes: 64 * 32 * 4 },
      { offset: 8192 * 4, bytes: 64 * 32 * 4 },
    ]);
  });

  it('folds more workgroups than an axis takes into rows', () => {
    const { kernels } = plan([{ target: state('z', 70_000 * 64), value: relu(read('x', 70_000 * 64)) }]);
    expect(kernels[0]?.dispatch).toEqual([35_000, 2, 1]);
  });
});
