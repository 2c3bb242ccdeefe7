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
  const stream = streamKey('dataset.split');
  const words = new Uint32Array(4);
  const draws = new Float64Array(count);
  const groupOf = (index: number): number => groups?.[index] ?? 0;
  const isExcluded = (index: number): boolean => before?.[index] === splitCodes.excluded;
  const sizes: number[] = [];
  for (let index = 0; index < count; index++) {
    philox(index, 0, 0, 0, lot, stream, words);
    draws[index] = (words[0] ?? 0) * 2 ** 21 + ((words[1] ?? 0) >>> 11);
    if (!isExcluded(index)) sizes[groupOf(index)] = (sizes[groupOf(index)] ?? 0) + 1;
  }
  const sorted = Array.from({ length: sizes.length }, (_, group) => new Float64Array(sizes[group] ?? 0));
  const filled = sorted.map(() => 0);
  for (let index = 0; index < count; index++) {
    if (isExcluded(index)) continue;
    const group = groupOf(index);
    const at = filled[group] ?? 0;
    const list = sorted[group];
    if (list !== undefined) list[at] = draws[index] ?? 0;
    filled[group] = at + 1;
  }
  // The samples with the smallest draws of their group are for validation, the next for the test.
  const bounds = sorted.map((list): readonly [number, number] => {
    list.sort();
    const forValidation = Math.round(list.length * validation);
    return [list[forValidation] ?? Infinity, list[forValidation + Math.round(list.length * test)] ?? Infinity];
  });
  return Uint8Array.from({ length: count }, (_, index) => {
    if (isExcluded(index)) return splitCodes.excluded;
    const [validationEnd, testEnd] = bounds[groupOf(index)] ?? [0, 0];
    const draw = draws[index] ?? 0;
    return draw < validationEnd ? splitCodes.validation : draw < testEnd ? splitCodes.test : splitCodes.train;
  });
}
