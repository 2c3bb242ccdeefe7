/** Which samples of an import are the same: their hashes, as many as memory is meant for. Pure. */
import type { RepeatedSamples } from '../repeated-samples';

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
  /** Those of which there is another. */
  repeats(): RepeatedSamples;
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
    repeats: () => {
      const sorted = hashes.slice(0, count).sort();
      // Each hash that is there again, once, in order: its place is the group's number.
      let groups = 0;
      for (let at = 1; at < count; at++)
        if (sorted[at] === sorted[at - 1] && (groups === 0 || sorted[groups - 1] !== sorted[at])) sorted[groups++] = sorted[at]!;
      const groupOf = (hash: number): number => {
        let [low, high] = [0, groups];
        while (low < high) {
          const middle = (low + high) >> 1;
          if (sorted[middle]! < hash) low = middle + 1;
          else high = middle;
        }
        return low < groups && sorted[low] === hash ? low : -1;
      };
      // Where each group begins, then where its next member goes.
      const places = new Uint32Array(groups + 1);
      const group = Int32Array.from({ length: count }, (_, at) => groupOf(hashes[at]!));
      for (const each of group) if (each >= 0) places[each + 1]!++;
      for (let each = 0; each < groups; each++) places[each + 1]! += places[each]!;
      const pairs = new Uint32Array(2 * places[groups]!);
      group.forEach((each, at) => {
        if (each >= 0) pairs.set([indices[at]!, each], 2 * places[each]!++);
      });
      return { step, pairs };
    },
  };
}
