/**
 * Data sets that are trained from disk, window by window: which samples an epoch takes in which order, and where on the device
 * they lie when their turn comes. The order is a shuffle of blocks of neighbours, which are read at once, and within each
 * window of several blocks a shuffle of its samples; seed and layout determine it, not what is ready when. Pure.
 */
import { sequentialOrder, shuffledOrder } from './permutation';

export interface WindowLayout {
  /** Samples of a window, two of which lie on the device. */
  readonly window: number;
  /** Neighbouring samples that stay together until they are in a window. */
  readonly block: number;
}

export interface EpochOrder {
  readonly windows: number;
  /** The samples of a window by their places in the split, ascending. */
  readonly places: (window: number) => Uint32Array;
  /**
   * For each position in the epoch the row of its sample on the device, where window `number` lies in the rows from
   * ((firstSlot + number) mod 2) · window on, its samples by ascending place.
   */
  readonly rows: (firstSlot: number) => Int32Array;
}

/** The blocks one after another, as shuffled; the last of the split may be smaller. */
function sequenceOf(count: number, block: number, order: Int32Array): Uint32Array {
  const sequence = new Uint32Array(count);
  let filled = 0;
  for (const chosen of order) {
    const end = Math.min(count, (chosen + 1) * block);
    for (let place = chosen * block; place < end; place++) sequence[filled++] = place;
  }
  return sequence;
}

/** Of an epoch that begins after `epochStart` steps; null for `seed`: the samples in the order of the split. */
export function epochOrder(count: number, { window, block }: WindowLayout, seed: number | null, epochStart: number): EpochOrder {
  const windows = Math.ceil(count / window);
  const sizeOf = (number: number): number => Math.min(window, count - number * window);
  const blocks = Math.ceil(count / block);
  const sequence = sequenceOf(count, block, seed === null ? sequentialOrder(blocks) : shuffledOrder(blocks, seed, epochStart));
  // In the order of the split they stand ascending already.
  const within = (number: number): Int32Array =>
    seed === null ? sequentialOrder(sizeOf(number)) : shuffledOrder(sizeOf(number), seed, epochStart, number + 1);
  return {
    windows,
    places: (number) => sequence.slice(number * window, number * window + sizeOf(number)).sort(),
    rows: (firstSlot) => {
      const rows = new Int32Array(count);
      for (let number = 0; number < windows; number++) {
        const first = ((firstSlot + number) % 2) * window;
        within(number).forEach((row, index) => {
          rows[number * window + index] = first + row;
        });
      }
      return rows;
    },
  };
}
