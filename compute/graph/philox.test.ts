import { expect, test } from 'vitest';
import { philox, streamKey, uniformOf } from './philox';

// The known answers of Random123 (kat_vectors: philox4x32, 10 rounds).
test.each([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const)('gives the published words for counter %j and key %j', ([c0, c1, c2, c3], [k0, k1], expected) => {
  const words = new Uint32Array(4);
  philox(c0, c1, c2, c3, k0, k1, words);
  expect([...words]).toEqual(expected);
});

test('takes negative numbers as the words that they are', () => {
  const [signed, unsigned] = [new Uint32Array(4), new Uint32Array(4)];
  philox(-1, -2, 3, 4, -5, 6, signed);
  philox(0xffffffff, 0xfffffffe, 3, 4, 0xfffffffb, 6, unsigned);
  expect(signed).toEqual(unsigned);
});

test('uniform numbers lie in [0, 1) and survive f32', () => {
  for (const word of [0, 255, 256, 0x80000000, 0xffffffff]) {
    const uniform = uniformOf(word);
    expect(uniform).toBeGreaterThanOrEqual(0);
    expect(uniform).toBeLessThan(1);
    expect(Math.fround(uniform)).toBe(uniform);
  }
});

test('streams have the keys of FNV-1a', () => {
  // Offset basis and 'a', from the published test vectors.
  expect(streamKey('')).toBe(0x811c9dc5);
  expect(streamKey('a')).toBe(0xe40c292c);
});
