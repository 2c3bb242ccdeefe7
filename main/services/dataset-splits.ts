/** Which samples are held out: drawn by a counter-based generator, so that the same data always splits the same way. Pure. */
import { philox, streamKey } from '../../compute/graph/philox';
import { splitCodes } from '../../compute/graph/sample-splits';

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

export interface SplitShares {
  /** Of all samples, 0 to below 1. */
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
}

/**
 * A split for each sample, by lot. With `groups` (the class of each sample, from 0 on) each group is divided by itself, so that
 * every split has the same shares of it. Samples that are excluded in `before` stay so, and count nowhere.
 */
export function drawSplits(
  count: number,
  { validation, test, seed: lot }: SplitShares,
  { groups = null, before = null }: { readonly groups?: ArrayLike<number> | null; readonly before?: Uint8Array | null } = {},
): Uint8Array {
  const drawOf = drawsWith(lot);
  const groupOf = (index: number): number => groups?.[index] ?? 0;
  const isExcluded = (index: number): boolean => before?.[index] === splitCodes.excluded;
  const sizes: number[] = [];
  for (let index = 0; index < count; index++) {
    if (!isExcluded(index)) sizes[groupOf(index)] = (sizes[groupOf(index)] ?? 0) + 1;
  }
  // The samples with the smallest draws of their group are for validation, the next for the test.
  const ranks = Array.from({ length: sizes.length }, (_, group): readonly [number, number] => {
    const size = sizes[group] ?? 0;
    const forValidation = Math.round(size * validation);
    return [forValidation, forValidation + Math.round(size * test)];
  });
  const { binOf, bounds } = boundsAt(count, drawOf, (index) => (isExcluded(index) ? -1 : groupOf(index)), ranks);
  const splits = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    if (isExcluded(index)) {
      splits[index] = splitCodes.excluded;
      continue;
    }
    const [validationEnd, testEnd] = bounds[groupOf(index)]!;
    const bin = binOf[index]!;
    const isBelow = (bound: Bound): boolean => bin < bound.bin || (bin === bound.bin && drawOf(index) < bound.draw);
    splits[index] = isBelow(validationEnd) ? splitCodes.validation : isBelow(testEnd) ? splitCodes.test : splitCodes.train;
  }
  return splits;
}

/** The 53-bit draw of each sample, made anew whenever it is asked for: as many samples as there are take no memory. */
function drawsWith(lot: number): (index: number) => number {
  const stream = streamKey('dataset.split');
  const words = new Uint32Array(4);
  return (index) => {
    philox(index, 0, 0, 0, lot, stream, words);
    return (words[0] ?? 0) * 2 ** 21 + ((words[1] ?? 0) >>> 11);
  };
}

/** Bins of all groups together; each takes eight bytes. */
const mostBins = 2 ** 22;

/** A draw, and the bin in which it lies; behind the last bin where there is no such draw. */
interface Bound {
  readonly bin: number;
  readonly draw: number;
}

/**
 * The draws at two ranks of each group: all draws are counted in bins, then those of the bins in which the ranks lie are sorted.
 * `groupOf` is −1 for a sample of no group. `binOf` has the bin of every sample, so that few draws are made again.
 */
function boundsAt(
  count: number,
  drawOf: (index: number) => number,
  groupOf: (index: number) => number,
  ranks: readonly (readonly [number, number])[],
): { readonly binOf: Uint16Array; readonly bounds: readonly (readonly [Bound, Bound])[] } {
  const bins = 2 ** Math.max(0, Math.min(15, Math.floor(Math.log2(mostBins / Math.max(1, ranks.length)))));
  const width = 2 ** 53 / bins;
  const counts = new Uint32Array(bins * ranks.length);
  const binOf = new Uint16Array(count);
  for (let index = 0; index < count; index++) {
    const group = groupOf(index);
    if (group < 0) continue;
    const bin = Math.floor(drawOf(index) / width);
    binOf[index] = bin;
    counts[group * bins + bin]!++;
  }
  /** The bins of the ranks of each group, and the ranks within them. */
  const places = ranks.map((pair, group) =>
    pair.map((rank) => {
      let [bin, below] = [0, 0];
      while (bin < bins && below + counts[group * bins + bin]! <= rank) below += counts[group * bins + bin++]!;
      return { bin, rank: rank - below, found: [] as number[] };
    }),
  );
  for (let index = 0; index < count; index++) {
    const group = groupOf(index);
    if (group < 0) continue;
    for (const place of places[group]!) if (place.bin === binOf[index]) place.found.push(drawOf(index));
  }
  const bounds = places.map((pair): readonly [Bound, Bound] => {
    const [first, second] = pair.map(({ bin, rank, found }) => ({ bin, draw: Float64Array.from(found).sort()[rank] ?? Infinity }));
    return [first!, second!];
  });
  return { binOf, bounds };
}
