/** Which samples of an import are the same: their hashes, as many as memory is meant for. Pure. */
import { splitCodes } from '../../../compute/graph/sample-splits';
import type { ImportReport } from './report';

/**
 * The hash of each sample of a batch, `width` bytes a sample: 53 bits, which two different ones share in less than one of 10¹⁴
 * cases (cyrb53 by bryc, in the public domain, by words of four bytes). The same wherever the bytes stand.
 */
export function rowHashes(bytes: Uint8Array, width: number): (row: number) => number {
  // Words at once where all rows begin at one.
  const isAligned = bytes.byteOffset % 4 === 0 && width % 4 === 0;
  const words = isAligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) : null;
  const wordCount = width >> 2;
  return (row) => {
    let [one, two] = [0xdeadbeef, 0x41c6ce57];
    const from = row * width;
    for (let index = 0; index < wordCount; index++) {
      const at = from + 4 * index;
      const word =
        words === null
          ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
          : words[row * wordCount + index]!;
      one = Math.imul(one ^ word, 2654435761);
      two = Math.imul(two ^ word, 1597334677);
      // Words differ in their upper halves too: these reach the lower ones.
      one ^= one >>> 15;
      two ^= two >>> 13;
    }
    for (let at = from + 4 * wordCount; at < from + width; at++) {
      one = Math.imul(one ^ bytes[at]!, 2654435761);
      two = Math.imul(two ^ bytes[at]!, 1597334677);
      one ^= one >>> 15;
      two ^= two >>> 13;
    }
    one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
    two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
    return 4294967296 * (2097151 & two) + (one >>> 0);
  };
}

export interface Hashes {
  /** `index`: of the sample in the table. */
  add(index: number, hash: number): void;
  duplicates(splits: Uint8Array): ImportReport['duplicates'];
}

/**
 * Keeps at most `most` hashes of 53 bits. Where there are more samples only those stay whose hash is a multiple of 2, then of 4, and so
 * on: samples that are the same stay or go together, so what is found among them, as often taken, is what is to be expected of all.
 */
export function createHashes(most: number): Hashes {
  let hashes = new Float64Array(Math.min(most, 4096));
  let indices = new Uint32Array(hashes.length);
  let [count, step] = [0, 1];
  const thinOut = (): void => {
    step *= 2;
    let kept = 0;
    for (let at = 0; at < count; at++) {
      if (hashes[at]! % step !== 0) continue;
      hashes[kept] = hashes[at]!;
      indices[kept++] = indices[at]!;
    }
    count = kept;
  };
  const grow = (): void => {
    const length = Math.min(most, 2 * hashes.length);
    const [moreHashes, moreIndices] = [new Float64Array(length), new Uint32Array(length)];
    moreHashes.set(hashes);
    moreIndices.set(indices);
    [hashes, indices] = [moreHashes, moreIndices];
  };
  return {
    add: (index, hash) => {
      if (hash % step !== 0) return;
      if (count === hashes.length) {
        if (count < most) grow();
        // Ever so many of one and the same stay, whatever the step: some of them are left out then.
        else thinOut();
        if (count === hashes.length || hash % step !== 0) return;
      }
      hashes[count] = hash;
      indices[count++] = index;
    },
    duplicates: (splits) => {
      const { acrossSplits, withinSplits } = countDuplicates(
        hashes.subarray(0, count),
        Uint8Array.from(indices.subarray(0, count), (index) => splits[index] ?? splitCodes.excluded),
      );
      return { acrossSplits: acrossSplits * step, withinSplits: withinSplits * step };
    },
  };
}

/** Samples that stand in more than one split, and those that stand again in one. 51 bits of each hash count. */
function countDuplicates(hashes: Float64Array, splits: Uint8Array): ImportReport['duplicates'] {
  const keys = hashes.map((hash, index) => Math.floor(hash / 4) * 4 + (splits[index] ?? splitCodes.excluded)).sort();
  let [acrossSplits, withinSplits] = [0, 0];
  for (let from = 0; from < keys.length;) {
    const hash = Math.floor((keys[from] ?? 0) / 4);
    let to = from + 1;
    let kinds = 1;
    while (to < keys.length && Math.floor((keys[to] ?? 0) / 4) === hash) {
      if (keys[to] === keys[to - 1]) withinSplits++;
      else kinds++;
      to++;
    }
    if (kinds > 1) acrossSplits += to - from;
    from = to;
  }
  return { acrossSplits, withinSplits };
}
