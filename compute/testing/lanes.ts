/** Runs what computes four lanes over whole arrays: how functions and elementwise operations of the CPU device are tried. */
import { i32, i32x4, memory, v128, type Vector } from '../devices/cpu/assembly/expression';
import type { FunctionWriter } from '../devices/cpu/assembly/function-writer';
import { ModuleWriter } from '../devices/cpu/assembly/module-writer';

export type LaneArray = Float32Array | Int32Array | Uint8Array;

/**
 * Calls the compiled function on each group of four elements of the inputs, all of one length, which need not be a multiple of 4. Bytes
 * are widened. Gives the bits of the results.
 */
export async function runLanes(
  inputs: readonly LaneArray[],
  length: number,
  write: (writer: FunctionWriter, operands: readonly Vector[], linearIndex: Vector) => Vector,
): Promise<Int32Array> {
  const stride = Math.ceil(length / 4) * 16 + 64;
  const pages = Math.ceil((stride * (inputs.length + 1)) / 65536) + 1;
  const limits = { initial: pages, maximum: pages };
  const module = new ModuleWriter({ ...limits, shared: false });
  module.function(
    [],
    null,
    (writer) => {
      const place = writer.local('i32');
      writer.for(place, i32.constant(0), i32.constant(stride - 64), 16, () => {
        const operands = inputs.map((input, number) => {
          const base = i32.constant(number * stride);
          if (!(input instanceof Uint8Array)) return writer.keep(memory.v128(i32.add(base, place)));
          const bytes = memory.zero32(i32.add(base, i32.shrU(place, i32.constant(2))));
          return writer.keep(i32x4.extendLowU16(i32x4.extendLowU8To16(bytes)));
        });
        const index = writer.keep(i32x4.add(i32x4.splat(i32.shrU(place, i32.constant(2))), v128.constantI32(0, 1, 2, 3)));
        const result = writer.keep(write(writer, operands, index));
        writer.storeVector(i32.add(i32.constant(inputs.length * stride), place), result);
      });
    },
    'run',
  );
  const shared = new WebAssembly.Memory(limits);
  inputs.forEach((input, number) => {
    new Uint8Array(shared.buffer).set(new Uint8Array(input.buffer, input.byteOffset, input.byteLength), number * stride);
  });
  const { exports } = new WebAssembly.Instance(await WebAssembly.compile(module.bytes), { host: { memory: shared } });
  const run = exports['run'];
  if (typeof run !== 'function') throw new Error('the module exports no function');
  (run as () => void)(); // What a module exports is typed by its own text only.
  return new Int32Array(shared.buffer, inputs.length * stride, length).slice();
}

export const asFloats = (bits: Int32Array): Float32Array => new Float32Array(bits.buffer);
