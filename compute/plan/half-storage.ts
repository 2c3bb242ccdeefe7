/**
 * WGSL that keeps numbers in 16 bits: as f16 where a device stores it, else two in a word. What is beyond the largest of them
 * is stored as the largest; infinity and NaN stay what they are, so that they are noticed.
 */
import type { DeviceProfile } from '../graph/tensor';

export type HalfStorage = DeviceProfile['halves'];

const isFinite = '(bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u';
const largest = 'clamp(value, -65504.0f, 65504.0f)';

/** The functions that make of an f32 what is stored, and back. */
export const halfFunctions: Record<HalfStorage, string> = {
  f16: `fn toHalf(value: f32) -> f16 {\n  return f16(select(value, ${largest}, ${isFinite}));\n}`,
  // To the nearest, of two the even one. The language's own functions leave open what becomes of infinity and NaN.
  packed: `fn fromHalf(half: u32) -> f32 {
  let exponent = half & 0x7c00u;
  let large = bitcast<f32>(((half & 0x7fffu) << 13u) + select(0x38000000u, 0x70000000u, exponent == 0x7c00u));
  let size = select(large, f32(half & 0x3ffu) * 0x1p-24f, exponent == 0u);
  return bitcast<f32>(bitcast<u32>(size) | ((half & 0x8000u) << 16u));
}
fn toHalf(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let size = bits & 0x7fffffffu;
  let ordinary = min((size + 0xfffu + ((size >> 13u) & 1u) - 0x38000000u) >> 13u, 0x7bffu);
  let small = u32(round(abs(value) * 0x1p24f));
  let finite = select(ordinary, small, size < 0x38800000u);
  let special = select(0x7c00u, 0x7e00u, size > 0x7f800000u);
  return select(finite, special, size >= 0x7f800000u) | ((bits >> 16u) & 0x8000u);
}`,
};

/** An expression for what a value becomes by being stored and read again. Needs `halfFunctions`. */
export const roundedToHalf = (storage: HalfStorage, value: string): string =>
  storage === 'f16' ? `f32(toHalf(${value}))` : `fromHalf(toHalf(${value}))`;

/** An expression that reads the element of a buffer. */
export const loadHalf = (storage: HalfStorage, buffer: string, index: string): string =>
  storage === 'f16' ? `f32(${buffer}[${index}])` : `load_${buffer}(${index})`;

/** A statement that writes the element of a buffer. Needs `halfFunctions`. */
export const storeHalf = (storage: HalfStorage, buffer: string, index: string, value: string): string =>
  storage === 'f16' ? `${buffer}[${index}] = toHalf(${value});` : `store_${buffer}(${index}, ${value});`;

/** The element type of a buffer of so many words, their number, and the functions that read and write its elements. */
export function halfBuffer(
  storage: HalfStorage,
  buffer: string,
  access: 'read' | 'read_write',
  words: number,
): { readonly element: string; readonly length: number; readonly functions: readonly string[] } {
  if (storage === 'f16') return { element: 'f16', length: words * 2, functions: [] };
  const word = `${buffer}[index >> 1u]`;
  const written = access === 'read_write';
  const read = written ? `atomicLoad(&${word})` : word;
  const load = `fn load_${buffer}(index: u32) -> f32 {\n  return fromHalf(${read} >> ((index & 1u) << 4u));\n}`;
  // Two invocations may write the two halves of a word at the same time: each changes its own bits alone.
  const store = `fn store_${buffer}(index: u32, value: f32) {
  let shift = (index & 1u) << 4u;
  atomicAnd(&${word}, 0xffff0000u >> shift);
  atomicOr(&${word}, toHalf(value) << shift);
}`;
  return { element: written ? 'atomic<u32>' : 'u32', length: words, functions: written ? [load, store] : [load] };
}
