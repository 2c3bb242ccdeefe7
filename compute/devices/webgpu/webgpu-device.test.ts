/** The WebGPU device: order of reads and writes, sizes, bytes, repeatability, and what a step may make. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { openNodeGpu } from '../../../main/cli/gpu';
import lenet from '../../../resources/templates/lenet-5.json';
import { modelDocumentSchema } from '../../graph/model-document';
import { unwrap } from '../../graph/problem';
import { defaultTrainingSettings } from '../../graph/training-settings';
import { add } from '../../ops/add.op';
import { cast } from '../../ops/cast.op';
import { matrixProduct } from '../../ops/matrix-product.op';
import { permute } from '../../ops/permute.op';
import { relu } from '../../ops/relu.op';
import { slice, pad } from '../../ops/slice.op';
import { sum } from '../../ops/sum.op';
import { readState, type Assignment, type Program, type StateReference } from '../../plan/program';
import type { Dataset } from '../../training/dataset';
import { uploadDataset } from '../../training/dataset-placement';
import { prepareModel } from '../../training/model';
import { modelArenas, trainingProgram } from '../../training/programs';
import { openWebGpuDevice, type WebGpuDevice } from './webgpu-device';

const f32 = (arena: string, ...shape: number[]): StateReference => ({ arena, offset: 0, shape, type: 'f32' });
const phase = (...assignments: Assignment[]): Program => ({ name: 'test', phases: [{ assignments }] });

describe('the WebGPU device', async () => {
  const found = await openNodeGpu();
  let device: WebGpuDevice;
  beforeAll(async () => {
    device = unwrap(await openWebGpuDevice(found?.gpu ?? null));
  });
  afterAll(() => {
    device.dispose();
  });

  it('computes all values before it writes any', async () => {
    const state = device.createState([
      { name: 'a', type: 'f32', size: 6 },
      { name: 'b', type: 'f32', size: 6 },
    ]);
    state.write('a', Float32Array.of(1, 2, 3, 4, 5, 6));
    state.write('b', Float32Array.of(10, 20, 30, 40, 50, 60));
    const swap = phase(
      { target: f32('a', 3, 2), value: permute(readState(f32('b', 2, 3)), [1, 0]) },
      { target: f32('b', 2, 3), value: permute(readState(f32('a', 3, 2)), [1, 0]) },
    );
    (await device.compile(swap, [state])).run();
    expect([...(await state.read('a'))]).toEqual([10, 40, 20, 50, 30, 60]);
    expect([...(await state.read('b'))]).toEqual([1, 3, 5, 2, 4, 6]);
    state.dispose();
  });

  it('shifts a state within itself', async () => {
    const state = device.createState([{ name: 'a', type: 'f32', size: 1000 }]);
    state.write(
      'a',
      Float32Array.from({ length: 1000 }, (_, index) => index + 1),
    );
    const rest = slice(readState(f32('a', 1000)), { starts: [0], sizes: [999] });
    const shift = phase({ target: f32('a', 1000), value: pad(rest, { before: [1], after: [0] }) });
    (await device.compile(shift, [state])).run(3);
    expect([...(await state.read('a', 0, 5))]).toEqual([0, 0, 0, 1, 2]);
    expect([...(await state.read('a', 999, 1))]).toEqual([997]);
    state.dispose();
  });

  it('computes on more elements than one row of workgroups holds', async () => {
    const size = 65_536 * 64 * 8 + 5;
    const state = device.createState([{ name: 'a', type: 'f32', size }]);
    const program = phase({ target: f32('a', size), value: add(relu(readState(f32('a', size))), 1) });
    (await device.compile(program, [state])).run(2);
    expect([...(await state.read('a', size - 3))]).toEqual([2, 2, 2]);
    expect([...(await state.read('a', 0, 2))]).toEqual([2, 2]);
    state.dispose();
  });

  it.each([true, false])('multiplies more matrices than an axis holds workgroups (as software: %s)', async (software) => {
    const count = 65_540;
    const other = unwrap(await openWebGpuDevice(found?.gpu ?? null, { software }));
    const state = other.createState([
      { name: 'a', type: 'f32', size: count * 2 },
      { name: 'b', type: 'f32', size: count * 2 },
      { name: 'z', type: 'f32', size: count },
    ]);
    // Whole numbers below 2²⁴: exact in f32.
    state.write(
      'a',
      Float32Array.from({ length: count * 2 }, (_, index) => index % 97),
    );
    state.write(
      'b',
      Float32Array.from({ length: count * 2 }, (_, index) => index % 89),
    );
    const value = matrixProduct(readState(f32('a', count, 1, 2)), readState(f32('b', count, 2, 1)));
    (await other.compile(phase({ target: f32('z', count, 1, 1), value }), [state])).run();
    const products = Float32Array.from({ length: count }, (_, item) => {
      const first = 2 * item;
      return (first % 97) * (first % 89) + ((first + 1) % 97) * ((first + 1) % 89);
    });
    expect(await state.read('z')).toEqual(products);
    other.dispose();
  });

  it.each([
    ['few outputs of many elements', [6, 300, 41], [1, 2]],
    ['one output of outer and inner axes', [70, 3, 90], [0, 2]],
    ['everything', [100_000], [0]],
  ] as const)('sums %s on both kinds of kernels', async (_name, shape, axes) => {
    const size = shape.reduce((product, length) => product * length, 1);
    // Whole numbers whose sums stay below 2²⁴: exact in f32 in any order.
    const data = Float32Array.from({ length: size }, (_, index) => (index * 7919) % 101);
    const results: number[][] = [];
    for (const software of [true, false]) {
      const other = unwrap(await openWebGpuDevice(found?.gpu ?? null, { software }));
      const value = sum(readState(f32('a', ...shape)), axes);
      const state = other.createState([
        { name: 'a', type: 'f32', size },
        { name: 'z', type: 'f32', size: 16 },
      ]);
      state.write('a', data);
      (await other.compile(phase({ target: f32('z', ...value.shape), value }), [state])).run();
      results.push([...(await state.read('z'))]);
      other.dispose();
    }
    const total = data.reduce((accumulator, item) => accumulator + item, 0);
    expect(results[0]).toEqual(results[1]);
    expect(results[0]?.reduce((accumulator, item) => accumulator + item, 0)).toBe(total);
  });

  it('writes and reads bytes at any place', async () => {
    const state = device.createState([
      { name: 'bytes', type: 'u8', size: 23 },
      { name: 'z', type: 'f32', size: 23 },
    ]);
    const bytes = Uint8Array.from({ length: 23 }, (_, index) => 255 - index);
    state.write('bytes', bytes);
    state.write('bytes', Uint8Array.of(1, 2, 3, 4, 5, 6, 7), 5);
    state.write('bytes', Uint8Array.of(9, 8), 21);
    bytes.set([1, 2, 3, 4, 5, 6, 7], 5);
    bytes.set([9, 8], 21);
    expect([...(await state.read('bytes'))]).toEqual([...bytes]);
    expect([...(await state.read('bytes', 6, 3))]).toEqual([2, 3, 4]);
    const value = cast(readState({ arena: 'bytes', offset: 0, shape: [23], type: 'u8' }), 'f32');
    (await device.compile(phase({ target: f32('z', 23), value }), [state])).run();
    expect([...(await state.read('z'))]).toEqual([...bytes]);
    state.dispose();
  });

  it('refuses what does not fit', async () => {
    const state = device.createState([{ name: 'a', type: 'f32', size: 4 }]);
    expect(() => {
      state.write('a', new Float32Array(5));
    }).toThrow(RangeError);
    expect(() => {
      state.write('a', new Int32Array(4));
    }).toThrow(TypeError);
    await expect(state.read('a', 2, 3)).rejects.toThrow(RangeError);
    const missing = phase({ target: f32('a', 4), value: relu(readState(f32('nowhere', 4))) });
    await expect(device.compile(missing, [state])).rejects.toThrow('nowhere');
    expect(() => device.createState([{ name: 'huge', type: 'f32', size: 2 ** 40 }])).toThrow('device.out-of-memory');
    state.dispose();
  });

  it('says when it is gone', async () => {
    const other = unwrap(await openWebGpuDevice(found?.gpu ?? null));
    other.dispose();
    expect((await other.lost).reason).toBe('disposed');
  });

  describe('training LeNet-5', () => {
    const split = (count: number) => ({
      count,
      samples: Uint8Array.from({ length: count * 784 }, (_, index) => (index * 7919 + (index >> 5) * 131) % 256),
      labels: Int32Array.from({ length: count }, (_, index) => index % 10),
    });
    const dataset: Dataset = {
      name: 'made up',
      sampleShape: [1, 28, 28],
      sampleType: 'u8',
      classes: Array.from({ length: 10 }, (_, index) => String(index)),
      splits: { train: split(64), validation: split(1), test: split(1) },
    };

    const train = async () => {
      const document = v.parse(modelDocumentSchema, lenet.content.document);
      const model = unwrap(prepareModel(document, defaultTrainingSettings, dataset));
      const placed = unwrap(uploadDataset(device, dataset, 16));
      const state = device.createState(modelArenas(model, dataset));
      const size = model.placement.parameterSize;
      state.write(
        'weights',
        Float32Array.from({ length: size }, (_, index) => Math.sin(index) * 0.1),
      );
      state.write('learningRates', Float32Array.of(1e-3));
      state.write(
        'permutation',
        Int32Array.from({ length: 64 }, (_, index) => index),
      );
      const executable = await device.compile(trainingProgram(model, placed, 16), [state, placed.state]);
      return { state, executable };
    };

    it('takes few dispatches a step, one of them for the optimizer', async () => {
      const { executable } = await train();
      expect(executable.statistics.dispatches).toBeLessThanOrEqual(30);
      const updating = executable.kernels.filter(({ bindings }) =>
        bindings.some(({ buffer, access }) => 'arena' in buffer && buffer.arena === 'weights' && access === 'read_write'),
      );
      expect(updating).toHaveLength(1);
    });

    it('makes nothing after the first step, and repeats to the byte', async () => {
      const first = await train();
      first.executable.run();
      await first.state.read('metrics');
      const before = { ...device.counters };
      first.executable.run(2);
      first.executable.run();
      await first.state.read('metrics');
      expect(device.counters).toEqual(before);
      const second = await train();
      second.executable.run(4);
      expect(await second.state.read('weights')).toEqual(await first.state.read('weights'));
      expect(await second.state.read('metrics')).toEqual(await first.state.read('metrics'));
    });

    it('compiles each kernel once', async () => {
      await train();
      const { pipelines } = device.counters;
      await train();
      expect(device.counters.pipelines).toBe(pipelines);
    });
  });
});
