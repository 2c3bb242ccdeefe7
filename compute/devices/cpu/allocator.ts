/** Which bytes of a range of addresses are in use: first fit, neighbours that are free grow together. Pure bookkeeping. */

/** Bytes: a cache line, which no two regions share. */
export const REGION_ALIGNMENT = 64;
/** Bytes after each region that belong to nobody else: vectors may be read across its end. */
const SLACK = 64;

export interface Allocator {
  /** The address of so many bytes, a multiple of 64; null where no gap is large enough. */
  allocate(bytes: number): number | null;
  /** Gives back what was allocated there; throws a RangeError if nothing is. */
  free(address: number): void;
  /** Moves the end of the range; only ever further. */
  extend(end: number): void;
  /** The end that the range would need for regions of these bytes to fit one after another behind all that is in use. */
  endFor(sizes: readonly number[]): number;
  readonly freeBytes: number;
}

/** Bytes that a region takes, with its slack. */
const footprint = (bytes: number): number => Math.ceil((bytes + SLACK) / REGION_ALIGNMENT) * REGION_ALIGNMENT;

export function createAllocator(begin: number, end: number): Allocator {
  const start = Math.ceil(begin / REGION_ALIGNMENT) * REGION_ALIGNMENT;
  /** In the order of their addresses, never touching one another. */
  const gaps: { from: number; to: number }[] = end > start ? [{ from: start, to: end }] : [];
  const regions = new Map<number, number>();
  let limit = Math.max(start, end);

  function release(from: number, to: number): void {
    const place = gaps.findIndex((gap) => gap.from > from);
    const after = place < 0 ? gaps.length : place;
    const previous = gaps[after - 1];
    const next = gaps[after];
    if (previous?.to === from) {
      previous.to = next?.from === to ? next.to : to;
      if (next?.from === to) gaps.splice(after, 1);
    } else if (next?.from === to) next.from = from;
    else gaps.splice(after, 0, { from, to });
  }

  return {
    allocate(bytes) {
      const size = footprint(bytes);
      const place = gaps.findIndex(({ from, to }) => to - from >= size);
      const gap = gaps[place];
      if (gap === undefined) return null;
      const address = gap.from;
      gap.from += size;
      if (gap.from >= gap.to) gaps.splice(place, 1);
      regions.set(address, size);
      return address;
    },
    free(address) {
      const size = regions.get(address);
      if (size === undefined) throw new RangeError(`nothing is allocated at ${String(address)}`);
      regions.delete(address);
      release(address, address + size);
    },
    extend(to) {
      if (to > limit) release(limit, to);
      limit = Math.max(limit, to);
    },
    endFor(sizes) {
      const last = gaps.at(-1);
      return sizes.reduce((sum, bytes) => sum + footprint(bytes), last?.to === limit ? last.from : limit);
    },
    get freeBytes() {
      return gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    },
  };
}
