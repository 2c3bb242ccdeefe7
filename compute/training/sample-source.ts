/** Samples of a split: in memory, or read from where they are kept when they are asked for. It knows no files. */

export type SampleArray = Uint8Array | Float32Array | Int32Array;

/** Samples that are not in memory. */
export interface SampleReader {
  /**
   * Those of these places in the split, which ascend: row-major, one after another; in the beginning of `into` where that is given,
   * or in memory of their own. Rejects with a ProblemError where they cannot be read.
   */
  readonly read: (places: Uint32Array, into?: SampleArray) => Promise<SampleArray>;
}

export const isInMemory = (samples: SampleArray | SampleReader): samples is SampleArray => ArrayBuffer.isView(samples);

/** The samples of these places in the split, ascending: a copy, perhaps in `into`. `size` is the number of elements of one. */
export async function samplesAt(
  samples: SampleArray | SampleReader,
  size: number,
  places: Uint32Array,
  into?: SampleArray,
): Promise<SampleArray> {
  if (!isInMemory(samples)) return await samples.read(places, into);
  const rows = samples.slice(0, places.length * size);
  places.forEach((place, row) => {
    rows.set(samples.subarray(place * size, (place + 1) * size), row * size);
  });
  return rows;
}

/** Bytes of a block in which samples are looked at one after another. */
const BLOCK_BYTES = 8 * 2 ** 20;

/** All samples of a split, some at a time; the next are read while the caller looks at these. */
export async function* blocksOf(samples: SampleArray | SampleReader, size: number, count: number): AsyncGenerator<SampleArray> {
  const rows = Math.max(1, Math.floor(BLOCK_BYTES / (4 * size)));
  const block = (first: number): Promise<SampleArray> | SampleArray | null => {
    if (first >= count) return null;
    const end = Math.min(count, first + rows);
    if (isInMemory(samples)) return samples.subarray(first * size, end * size);
    return samples.read(Uint32Array.from({ length: end - first }, (_, row) => first + row));
  };
  let next = block(0);
  for (let first = rows; next !== null; first += rows) {
    const current = await next;
    next = block(first);
    // A failure is heard when its turn comes.
    if (next instanceof Promise) next.catch(() => undefined);
    yield current;
  }
}
