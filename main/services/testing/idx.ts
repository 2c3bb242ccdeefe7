/** An IDX pair for tests: fifty samples of 2×2, sample n is all n and its label n modulo 3, so that where one went can be read off. */
import { gzipSync } from 'node:zlib';

/** A file of bytes in the IDX form: two zero bytes, the type 8, the rank, the sizes, the elements. */
export const idx = (sizes: readonly number[], element: (index: number) => number): Buffer => {
  const count = sizes.reduce((product, size) => product * size, 1);
  const bytes = Buffer.alloc(4 + 4 * sizes.length + count);
  bytes.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, axis) => bytes.writeUInt32BE(size, 4 + 4 * axis));
  for (let index = 0; index < count; index++) bytes[4 + 4 * sizes.length + index] = element(index);
  return bytes;
};
export const images = idx([50, 2, 2], (index) => Math.floor(index / 4));
export const labels = idx([50], (index) => index % 3);
/** Both files, one packed. */
export const imagePair = [
  ['images.gz', gzipSync(images)],
  ['labels', labels],
] as const;
