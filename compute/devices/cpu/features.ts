/** What this machine's WebAssembly offers, found out by asking whether it takes modules that use it. */
import { f32x4, i32, memory, type Expression } from './assembly/expression';
import { ModuleWriter } from './assembly/module-writer';

export interface FoundFeatures {
  /** Vectors of 128 bits, without which there is no CPU device. */
  readonly vectors: boolean;
  /** Relaxed vectors: multiply and add with one rounding. */
  readonly multiplyAdd: boolean;
  /** Memory that threads share, and instructions to meet in it. */
  readonly threads: boolean;
}

const takes = (shared: boolean, value: Expression): boolean => {
  const module = new ModuleWriter({ initial: 1, maximum: 1, shared });
  module.function([], null, (writer) => {
    writer.discard(value);
  });
  return WebAssembly.validate(module.bytes);
};

export function findFeatures(): FoundFeatures {
  const one = f32x4.constant(1);
  return {
    vectors: takes(false, f32x4.add(one, one)),
    multiplyAdd: takes(false, f32x4.relaxedMultiplyAdd(one, one, one)),
    threads: takes(true, memory.atomicAdd(i32.constant(0), i32.constant(1))),
  };
}
