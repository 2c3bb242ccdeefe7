/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3;
 * SC 2011). The same counter and key give the same bits everywhere. It keeps no state; random-uniform.op.ts says the same in WGSL.
 */

/** High 32 bits of the product of two unsigned 32-bit numbers, by halves of 16 bits; every sum fits 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const first = aHigh * bLow + ((aLow * bLow) >>> 16);
  const second = aLow * bHigh + (first & 0xffff);
  return (aHigh * bHigh + (first >>> 16) + (second >>> 16)) >>> 0;
}

/** Writes the four words (u32) that belong to counter (c0, c1, c2, c3) and key (k0, k1); each is taken modulo 2³². */
export function philox(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number, words: Uint32Array): void {
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** A number in [0, 1) from the upper 24 bits of a word: exact in f32, so that all devices agree to the bit. */
export const uniformOf = (word: number): number => (word >>> 8) * 2 ** -24;

/** A key (u32) for a named stream of random numbers: FNV-1a over the UTF-16 code units. */
export function streamKey(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
