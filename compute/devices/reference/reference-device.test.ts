import { describe, expect, test } from 'vitest';
import { add } from '../../ops/add.op';
import { constant } from '../../ops/constant.op';
import { multiply } from '../../ops/multiply.op';
import { reshape } from '../../ops/reshape.op';
import { sum } from '../../ops/sum.op';
import { ARENA_ALIGNMENT, readState, type Program, type StateReference } from '../../plan/program';
import { openReferenceDevice } from './reference-device';

const place = (arena: string, shape: readonly number[], offset = 0): StateReference => ({ arena, offset, shape, type: 'f32' });
const program = (...phases: Program['phases'][number]['assignments'][]): Program => ({
  name: 'test',
  phases: phases.map((assignments) => ({ assignments })),
});
const pair = () => {
  const device = openReferenceDevice();
  return {
    device,
    state: device.createState([
      { name: 'a', type: 'f32', size: 2 },
      { name: 'b', type: 'f32', size: 2 },
    ]),
  };
};

describe('phases', () => {
  test('compute all values before they write any', async () => {
    const { device, state } = pair();
    const [a, b] = [place('a', [2]), place('b', [2])];
    state.write('a', Float64Array.of(1, 2));
    state.write('b', Float64Array.of(3, 4));
    // A swap, once as states themselves and once by reshaped views of them.
    const swap = await device.compile(
      program([
        { target: a, value: readState(b) },
        { target: b, value: reshape(reshape(readState(a), [1, 2]), [2]) },
      ]),
      [state],
    );
    swap.run();
    expect([...(await state.read('a')), ...(await state.read('b'))]).toEqual([3, 4, 1, 2]);
  });

  test('see what earlier phases wrote', async () => {
    const { device, state } = pair();
    const [a, b] = [place('a', [2]), place('b', [2])];
    const executable = await device.compile(
      program([{ target: a, value: add(readState(a), 1) }], [{ target: b, value: multiply(readState(a), 10) }]),
      [state],
    );
    executable.run(3);
    expect([...(await state.read('a')), ...(await state.read('b'))]).toEqual([3, 3, 30, 30]);
  });

  test('reuse arrays without mixing up the tensors in them', async () => {
    const { device, state } = pair();
    const a = readState(place('a', [2]));
    state.write('a', Float64Array.of(1, 2));
    let chain = a;
    for (let length = 0; length < 20; length++) chain = add(multiply(chain, 2), a);
    const executable = await device.compile(program([{ target: place('b', [2]), value: chain }]), [state]);
    executable.run();
    // x → 2x + a, twenty times from a: a · (2²¹ − 1).
    expect([...(await state.read('b'))]).toEqual([2 ** 21 - 1, 2 * (2 ** 21 - 1)]);
    expect(executable.statistics.workspaceBytes).toBeLessThan(8 * 2 * 8);
  });
});

describe('programs that cannot run are refused', () => {
  test.each([
    ['an arena that does not exist', place('c', [2])],
    ['a place past the end', place('a', [3])],
    ['a place that is not aligned', place('a', [1], 1)],
    ['an arena of another type', { ...place('a', [2]), type: 'i32' as const }],
  ])('%s', async (_, target) => {
    const { device, state } = pair();
    const value = constant(1, target.shape, target.type);
    await expect(device.compile(program([{ target, value }]), [state])).rejects.toThrow(RangeError);
  });

  test('a value of another shape than its target', async () => {
    const { device, state } = pair();
    await expect(device.compile(program([{ target: place('a', [2]), value: sum(readState(place('b', [2]))) }]), [state])).rejects.toThrow(
      /cannot be assigned/,
    );
  });

  test('two arenas of one name', async () => {
    const { device, state } = pair();
    const other = device.createState([{ name: 'a', type: 'f32', size: 2 }]);
    await expect(device.compile(program([]), [state, other])).rejects.toThrow(/Two states/);
  });
});

describe('states', () => {
  test('hold the numbers that are written, where they are written', async () => {
    const device = openReferenceDevice();
    const state = device.createState([
      { name: 'float', type: 'f32', size: ARENA_ALIGNMENT },
      { name: 'whole', type: 'i32', size: 3 },
      { name: 'bytes', type: 'u8', size: 3 },
    ]);
    state.write('float', Float64Array.of(0.1), 5);
    state.write('whole', Int32Array.of(-1, 7), 1);
    state.write('bytes', Uint8Array.of(255));
    expect(await state.read('float', 4, 3)).toEqual(Float64Array.of(0, 0.1, 0));
    expect(await state.read('whole')).toEqual(Int32Array.of(0, -1, 7));
    expect(await state.read('bytes', 0, 2)).toEqual(Uint8Array.of(255, 0));
  });

  test('refuse what does not fit', async () => {
    const { state } = pair();
    expect(() => {
      state.write('a', Float64Array.of(1, 2, 3));
    }).toThrow(RangeError);
    expect(() => {
      state.write('a', Float64Array.of(1), 2);
    }).toThrow(RangeError);
    expect(() => {
      state.write('a', Int32Array.of(1));
    }).toThrow(TypeError);
    await expect(state.read('a', 1, 2)).rejects.toThrow(RangeError);
    await expect(state.read('c')).rejects.toThrow(RangeError);
  });

  test('give copies', async () => {
    const { state } = pair();
    const before = await state.read('a');
    state.write('a', Float64Array.of(1, 1));
    expect([...before]).toEqual([0, 0]);
  });
});

test('runs make no new arrays', async () => {
  const { device, state } = pair();
  const executable = await device.compile(program([{ target: place('a', [2]), value: add(readState(place('a', [2])), 1) }]), [state]);
  const before = { ...device.counters };
  executable.run(10);
  expect(device.counters).toEqual(before);
});

test('says when it was closed', async () => {
  const device = openReferenceDevice();
  device.dispose();
  await expect(device.lost).resolves.toMatchObject({ reason: 'disposed' });
});
