/** Seeded random numbers for maps: the same seed draws the same map. Pure. */
import { philox, uniformOf } from '../../../../compute/graph/philox';

/** Numbers in [0, 1), one after another. */
export function randomNumbers(seed: number): () => number {
  const words = new Uint32Array(4);
  let drawn = 0;
  return () => {
    const at = drawn % 4;
    if (at === 0) philox(Math.floor(drawn / 4) >>> 0, 0, 0, 0, seed >>> 0, 0x6d617073, words);
    drawn++;
    return uniformOf(words[at] ?? 0);
  };
}

/** Of mean 0 and deviation 1 (Box and Muller 1958). */
export const normalNumber = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
