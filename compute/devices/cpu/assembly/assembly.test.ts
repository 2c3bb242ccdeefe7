/** The encoder, judged by the engine's own WebAssembly compiler: what was written down must compile and compute. */
import { expect, test } from 'vitest';
import { f32, f32x4, i32, i32x4, memory, select, signed, unsigned, v128, type Int } from './expression';
import { ModuleWriter } from './module-writer';

const pages = { initial: 1, maximum: 1, shared: false };

async function instantiate(
  module: ModuleWriter,
): Promise<{ call: (name: string, ...values: number[]) => number; memory: WebAssembly.Memory }> {
  const own = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(await WebAssembly.compile(module.bytes), { host: { memory: own } });
  return {
    memory: own,
    call(name, ...values) {
      const found = exports[name];
      if (typeof found !== 'function') throw new Error(`${name} is not exported`);
      return Number((found as (...values: number[]) => unknown)(...values)); // What a module exports is typed by its own text only.
    },
  };
}

test.each([
  [0, [0]],
  [127, [127]],
  [128, [0x80, 1]],
  [624485, [0xe5, 0x8e, 0x26]],
])('unsigned %i', (value, bytes) => {
  expect(unsigned(value)).toEqual(bytes);
});

test.each([
  [0, [0]],
  [63, [63]],
  [64, [0xc0, 0]],
  [-1, [0x7f]],
  [-64, [0x40]],
  [-65, [0xbf, 0x7f]],
  [-123456, [0xc0, 0xbb, 0x78]],
])('signed %i', (value, bytes) => {
  expect(signed(value)).toEqual(bytes);
});

test('constants come back as they were, and folded sums as they would have been computed', async () => {
  const values = [0, 1, -1, 63, 64, -64, -65, 0x7fffffff, -0x80000000, 0xffffffff];
  const module = new ModuleWriter(pages);
  values.forEach((value, number) => {
    module.function(
      [],
      'i32',
      (writer) => {
        writer.return(i32.constant(value));
      },
      `plain${String(number)}`,
    );
    module.function(
      [],
      'i32',
      (writer) => {
        writer.return(i32.mul(i32.add(i32.constant(value), i32.constant(7)), i32.constant(5)));
      },
      `folded${String(number)}`,
    );
    module.function(
      ['i32'],
      'i32',
      (writer) => {
        writer.return(i32.mul(i32.add(writer.intParameter(0), i32.constant(7)), i32.constant(5)));
      },
      `run${String(number)}`,
    );
  });
  const { call } = await instantiate(module);
  values.forEach((value, number) => {
    expect(call(`plain${String(number)}`)).toBe(value | 0);
    expect(call(`folded${String(number)}`)).toBe(call(`run${String(number)}`, value | 0));
  });
});

test('loops, branches and calls', async () => {
  const module = new ModuleWriter(pages);
  const square = module.function(['i32'], 'i32', (writer) => {
    const x = writer.intParameter(0);
    writer.return(i32.mul(x, x));
  });
  module.function(
    ['i32'],
    'i32',
    (writer) => {
      const sum = writer.local('i32');
      const turn = writer.local('i32');
      writer.for(turn, i32.constant(0), writer.intParameter(0), 1, () => {
        writer.if(
          i32.and(turn, i32.constant(1)),
          () => {
            writer.increase(sum, writer.callFor('i32', square, turn));
          },
          () => {
            writer.increase(sum, -1);
          },
        );
      });
      writer.return(sum);
    },
    'sum',
  );
  const { call } = await instantiate(module);
  // Squares of 1, 3, 5, 7, 9 less five evens.
  expect(call('sum', 10)).toBe(165 - 5);
  expect(call('sum', 0)).toBe(0);
  expect(call('sum', -3)).toBe(0);
});

test('vectors: loads, lanes, shuffles, conversions', async () => {
  const module = new ModuleWriter(pages);
  const at = (address: number): Int => i32.constant(address);
  module.function(
    [],
    null,
    (writer) => {
      const a = writer.keep(memory.v128(at(4)));
      writer.storeVector(at(64), f32x4.add(f32x4.mul(a, memory.splat32(at(0))), v128.constantF32(1, 2, 3, 4)));
      writer.storeVector(at(80), v128.shuffle(a, f32x4.splat(f32.constant(9)), [3, 0, 4, 1]));
      writer.storeVector(at(96), v128.bitselect(f32x4.neg(a), a, f32x4.gt(a, f32x4.constant(2.5))));
      writer.storeLane(at(112), a, 2);
      writer.storeF32(at(116), f32x4.extract(a, 3));
      writer.storeVector(at(128), f32x4.convertI32(i32x4.extendLowU16(i32x4.extendLowU8To16(memory.zero32(at(32))))));
      writer.storeI32(at(144), i32x4.extract(i32x4.truncateF32(a), 1));
      writer.storeF32(at(148), select(f32.constant(5), f32.constant(6), i32.eqz(at(0))));
      writer.storeHalf(at(152), a, 1);
    },
    'run',
  );
  const { call, memory: shared } = await instantiate(module);
  const floats = new Float32Array(shared.buffer);
  floats.set([10, 1, 2, 3, 4]);
  new Uint8Array(shared.buffer).set([255, 0, 7, 128], 32);
  call('run');
  expect([...floats.subarray(16, 20)]).toEqual([11, 22, 33, 44]);
  expect([...floats.subarray(20, 24)]).toEqual([4, 1, 9, 2]);
  expect([...floats.subarray(24, 28)]).toEqual([1, 2, -3, -4]);
  expect([...floats.subarray(28, 30)]).toEqual([3, 4]);
  expect([...floats.subarray(32, 36)]).toEqual([255, 0, 7, 128]);
  expect(new Int32Array(shared.buffer)[36]).toBe(2);
  expect([...floats.subarray(37, 40)]).toEqual([5, 3, 4]);
});
