/** Which samples are held out: drawn by a counter-based generator, so that the same data always splits the same way. Pure. */
import { philox, streamKey } from '../../compute/graph/philox';

const seed = 1;

/**
 * Divides the samples 0 … count − 1 at random into parts of the given sizes and a rest that comes first; within a part
 * they keep their order. Throws a RangeError if the parts are larger than the whole.
 */
export function holdOut(count: number, sizes: readonly number[]): readonly Uint32Array[] {
  const heldOut = sizes.reduce((sum, size) => sum + size, 0);
  if (heldOut > count) throw new RangeError(`cannot hold out ${String(heldOut)} of ${String(count)} samples`);
  const stream = streamKey('dataset.split');
  const words = new Uint32Array(4);
  const draws = Float64Array.from({ length: count }, (_, index) => {
    philox(index, 0, 0, 0, seed, stream, words);
    // 53 bits: two samples with the same draw are all but impossible, and their index decides then.
    return (words[0] ?? 0) * 2 ** 21 + ((words[1] ?? 0) >>> 11);
  });
  const byDraw = Uint32Array.from({ length: count }, (_, index) => index).sort((a, b) => (draws[a] ?? 0) - (draws[b] ?? 0) || a - b);
  const parts: Uint32Array[] = [];
  let start = 0;
  for (const size of sizes) {
    parts.push(byDraw.slice(start, start + size).sort());
    start += size;
  }
  return [byDraw.slice(start).sort(), ...parts];
}
