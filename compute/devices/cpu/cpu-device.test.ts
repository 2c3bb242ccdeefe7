/** The CPU device: order of reads and writes, sizes, bytes, repeatability, what a step may make, what is refused, and its end. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import lenet from '../../../resources/templates/lenet-5.json';
import { threadsForTests } from '../../../main/cli/testing/threads';
import { modelDocumentSchema, type ModelDocument } from '../../graph/model-document';
import { ProblemError, unwrap } from '../../graph/problem';
import { add } from '../../ops/add.op';
import { cast } from '../../ops/cast.op';
import { matrixProduct } from '../../ops/matrix-product.op';
import { permute } from '../../ops/permute.op';
import { relu } from '../../ops/relu.op';
import { pad, slice } from '../../ops/slice.op';
import { readState, type Assignment, type Program, type StateReference } from '../../plan/program';
import { learnable, perceptron, settingsForTests } from '../../testing/small-training';
import { encodeCheckpoint } from '../../training/checkpoint';
import type { Dataset } from '../../training/dataset';
import { createSession } from '../../training/session';
import type { Device } from '../device';
import { openCpuDevice, type CpuOptions } from './cpu-device';
import { PAGE_BYTES } from './memory';
import type { Thread, ThreadHost } from './threads';

const f32 = (arena: string, ...shape: number[]): StateReference => ({ arena, offset: 0, shape, type: 'f32' });
const phase = (...assignments: Assignment[]): Program => ({ name: 'test', phases: [{ assignments }] });

const host = await threadsForTests();
const devices: Device[] = [];
const open = async (options: CpuOptions = {}): Promise<Device> => {
  const device = unwrap(await openCpuDevice({ host, threads: 2, ...options }));
  devices.push(device);
  return device;
};
afterAll(() => {
  for (const device of devices) device.dispose();
});

describe('the CPU device', () => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });

  it('says what it is', async () => {
    expect(device.description).toMatchObject({ kind: 'cpu', threads: 2, software: false, backend: 'WebAssembly' });
    expect((await open({ threads: 1 })).description.threads).toBe(1);
    expect((await open({ host: null })).description).toMatchObject({ name: 'CPU', threads: 1 });
    expect((await open({ host: { ...host, shared: false } })).description.threads).toBe(1);
  });

  it('computes on one thread where others cannot be had', async () => {
    const refusing: ThreadHost = {
      ...host,
      start: () => {
        throw new Error('no workers here');
      },
    };
    expect((await open({ host: refusing })).description.threads).toBe(1);
  });

  it('computes all values before it writes any', async () => {
    const state = device.createState([
      { name: 'a', type: 'f32', size: 6 },
      { name: 'b', type: 'f32', size: 6 },
    ]);
    state.write('a', Float32Array.of(1, 2, 3, 4, 5, 6));
    state.write('b', Float64Array.of(10, 20, 30, 40, 50, 60));
    const swap = phase(
      { target: f32('a', 3, 2), value: permute(readState(f32('b', 2, 3)), [1, 0]) },
      { target: f32('b', 2, 3), value: permute(readState(f32('a', 3, 2)), [1, 0]) },
    );
    (await device.compile(swap, [state])).run();
    expect(await state.read('a')).toEqual(Float32Array.of(10, 40, 20, 50, 30, 60));
    expect(await state.read('b')).toEqual(Float32Array.of(1, 3, 5, 2, 4, 6));
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

  it('writes and reads bytes and whole numbers at any place', async () => {
    const state = device.createState([
      { name: 'bytes', type: 'u8', size: 23 },
      { name: 'numbers', type: 'i32', size: 5 },
      { name: 'z', type: 'f32', size: 23 },
    ]);
    const bytes = Uint8Array.from({ length: 23 }, (_, index) => 255 - index);
    state.write('bytes', bytes);
    state.write('bytes', Uint8Array.of(1, 2, 3), 5);
    bytes.set([1, 2, 3], 5);
    state.write('numbers', Int32Array.of(-7, 2 ** 31 - 1), 3);
    expect(await state.read('bytes')).toEqual(bytes);
    expect(await state.read('bytes', 6, 3)).toEqual(bytes.slice(6, 9));
    expect(await state.read('numbers')).toEqual(Int32Array.of(0, 0, 0, -7, 2 ** 31 - 1));
    const value = cast(readState({ arena: 'bytes', offset: 0, shape: [23], type: 'u8' }), 'f32');
    (await device.compile(phase({ target: f32('z', 23), value }), [state])).run();
    expect([...(await state.read('z'))]).toEqual([...bytes]);
    state.dispose();
  });

  it('gives zeros where memory was used before', async () => {
    const first = device.createState([{ name: 'a', type: 'f32', size: 5000 }]);
    first.write('a', new Float32Array(5000).fill(3));
    first.dispose();
    const second = device.createState([{ name: 'a', type: 'f32', size: 5000 }]);
    expect((await second.read('a')).every((value) => value === 0)).toBe(true);
    second.dispose();
  });

  it('refuses what does not fit, and what is gone', async () => {
    const state = device.createState([{ name: 'a', type: 'f32', size: 4 }]);
    expect(() => {
      state.write('a', new Float32Array(5));
    }).toThrow(RangeError);
    expect(() => {
      state.write('a', new Float32Array(2), 3);
    }).toThrow(RangeError);
    expect(() => {
      state.write('a', new Int32Array(4));
    }).toThrow(TypeError);
    await expect(state.read('a', 2, 3)).rejects.toThrow(RangeError);
    await expect(state.read('b')).rejects.toThrow(RangeError);
    const missing = phase({ target: f32('a', 4), value: relu(readState(f32('nowhere', 4))) });
    await expect(device.compile(missing, [state])).rejects.toThrow('nowhere');
    await expect(device.compile(missing, [(await open()).createState([])])).rejects.toThrow(TypeError);
    await expect(device.compile(missing, [state, state])).rejects.toThrow(RangeError);
    const executable = await device.compile(phase({ target: f32('a', 4), value: relu(readState(f32('a', 4))) }), [state]);
    executable.run();
    state.dispose();
    expect(() => {
      executable.run();
    }).toThrow(RangeError);
    await expect(state.read('a')).rejects.toThrow(RangeError);
  });

  it('computes the same far behind the first two gigabytes', async () => {
    const far = await open();
    // Never touched, so that it takes addresses but no memory.
    far.createState([{ name: 'before', type: 'u8', size: 2 ** 31 + 12_345 }]);
    const results = [];
    for (const each of [device, far]) {
      const state = each.createState([
        { name: 'a', type: 'f32', size: 70 * 90 },
        { name: 'b', type: 'f32', size: 90 * 80 },
        { name: 'z', type: 'f32', size: 70 * 80 },
      ]);
      state.write(
        'a',
        Float32Array.from({ length: 70 * 90 }, (_, index) => Math.sin(index)),
      );
      state.write(
        'b',
        Float32Array.from({ length: 90 * 80 }, (_, index) => Math.cos(index)),
      );
      const value = add(relu(matrixProduct(readState(f32('a', 70, 90)), readState(f32('b', 90, 80)))), 1);
      (await each.compile(phase({ target: f32('z', 70, 80), value }), [state])).run();
      results.push(await state.read('z'));
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0]?.some((value) => value > 1)).toBe(true);
  });
});

/** LeNet-5 without its data: of any batch and any width. */
const document = v.parse(modelDocumentSchema, lenet.content.document);

const split = (count: number) => ({
  count,
  samples: Uint8Array.from({ length: count * 784 }, (_, index) => (index * 7919 + (index >> 5) * 131) % 256),
  labels: Int32Array.from({ length: count }, (_, index) => index % 10),
});
const images: Dataset = {
  name: 'made up',
  sampleShape: [1, 28, 28],
  sampleType: 'u8',
  classes: Array.from({ length: 10 }, (_, index) => String(index)),
  splits: { train: split(40), validation: split(8), test: split(1) },
};

/** The sum of all bytes of the checkpoint after so many steps. */
async function train(device: Device, given: ModelDocument, dataset: Dataset, steps: number): Promise<string> {
  const session = createSession({ openDevice: () => Promise.resolve(device), emit: () => undefined });
  await session.openDevice();
  await session.loadDataset(dataset);
  await session.configure({ document: given, settings: { ...settingsForTests, batchSize: 12 }, keepWeights: false });
  await session.step(steps);
  const snapshot = await session.snapshot(true);
  if (snapshot === null) throw new Error('nothing was trained');
  const { weights, optimizer } = encodeCheckpoint(snapshot);
  return createHash('sha256').update(weights).update(optimizer).digest('hex');
}

describe('training', () => {
  it('ends in the same bytes on one thread, on two and on three, and far behind the first two gigabytes', async () => {
    const first = await open({ threads: 1 });
    const others = [await open({ threads: 3 }), await open()];
    others.at(-1)?.createState([{ name: 'before', type: 'u8', size: 2 ** 31 + 12_345 }]);
    const expected = await train(first, document, images, 4);
    for (const device of others) expect(await train(device, document, images, 4)).toBe(expected);
  });

  it('makes nothing after the first epoch', async () => {
    const device = await open();
    const session = createSession({ openDevice: () => Promise.resolve(device), emit: () => undefined });
    await session.openDevice();
    await session.loadDataset(images);
    await session.configure({ document, settings: { ...settingsForTests, batchSize: 12, epochs: 3 }, keepWeights: false });
    await session.step(4);
    await session.snapshot(true);
    const before = { ...device.counters };
    await session.step(6);
    expect({ ...device.counters }).toEqual(before);
  });

  it('refuses a network that does not fit before it trains, with the bytes that it takes', async () => {
    const device = await open();
    const wide: ModelDocument = {
      ...document,
      nodes: [
        { id: 'input', kind: 'input', version: 1, parameters: { shape: [1, 28, 28] } },
        { id: 'flatten', kind: 'flatten', version: 1, parameters: {} },
        { id: 'wide', kind: 'dense', version: 1, parameters: { units: 65_536 } },
        { id: 'narrow', kind: 'dense', version: 1, parameters: { units: 4096 } },
        { id: 'output', kind: 'dense', version: 1, parameters: { units: 10 } },
      ],
      edges: [
        { from: 'input', to: 'flatten', port: 0 },
        { from: 'flatten', to: 'wide', port: 0 },
        { from: 'wide', to: 'narrow', port: 0 },
        { from: 'narrow', to: 'output', port: 0 },
      ],
    };
    const refusal = await train(device, wide, images, 1).then(
      () => null,
      (error: unknown) => error,
    );
    if (!(refusal instanceof ProblemError)) return expect.unreachable(String(refusal));
    expect(refusal.problem.code).toBe('device.out-of-memory');
    expect(refusal.problem.values['what']).toBe('weights, gradients, optimizer.exp_avg, optimizer.exp_avg_sq');
    const weights = 785 * 65_536 + 65_537 * 4096 + 4097 * 10;
    // Weights, gradients and Adam's two slots at the least: 5.1 GB.
    expect(refusal.problem.values['needed']).toBeGreaterThan(4 * 4 * weights);
    // What was refused is given back: the same device trains what fits.
    await train(device, document, images, 1);
  });

  it('refuses intermediate results that do not fit', async () => {
    const device = await open({ maximumPages: 200 });
    const state = device.createState([
      { name: 'a', type: 'f32', size: 2000 },
      { name: 'z', type: 'f32', size: 2000 },
    ]);
    const outer = matrixProduct(readState(f32('a', 2000, 1)), readState(f32('a', 1, 2000)));
    const value = matrixProduct(relu(outer), readState(f32('a', 2000, 1)));
    const refused = device.compile(phase({ target: f32('z', 2000, 1), value }), [state]);
    await expect(refused).rejects.toThrow('device.out-of-memory');
    await expect(refused).rejects.toThrow('intermediate results of test');
    expect(device.description.maximumBufferBytes).toBe(199 * PAGE_BYTES);
  });
});

describe('the end of a CPU device', () => {
  it('is told when it is closed', async () => {
    const device = await open();
    const state = device.createState([{ name: 'a', type: 'f32', size: 4 }]);
    device.dispose();
    expect(await device.lost).toMatchObject({ reason: 'disposed' });
    await expect(device.finish()).rejects.toThrow();
    await expect(state.read('a')).rejects.toThrow();
    expect(() => device.createState([])).toThrow();
  });

  it('comes with a thread that fails, and a session goes on with another device', async () => {
    const started: Thread[] = [];
    const watched: ThreadHost = {
      ...host,
      start: () => {
        const thread = host.start();
        started.push(thread);
        return thread;
      },
    };
    const lost: string[] = [];
    const session = createSession({
      openDevice: () => open({ host: watched }),
      emit: (event) => {
        if (event.type === 'device') lost.push(event.state);
      },
    });
    await session.openDevice();
    await session.loadDataset(learnable());
    await session.configure({
      document: perceptron,
      settings: { ...settingsForTests, epochs: 3 },
      keepWeights: false,
    });
    await session.step(2);
    // It knows no such program.
    started[0]?.send({ type: 'run', program: 987_654_321, times: 1 });
    await expect.poll(() => lost).toEqual(['lost', 'recovered']);
    await session.step(2);
    expect(session.position.step).toBe(4);
    session.dispose();
  });
});
