/** The one WebAssembly memory of a CPU device: it grows as it is asked for more, and what is freed is used again. */
import { outOfMemory } from '../out-of-memory';
import { createAllocator } from './allocator';

export const PAGE_BYTES = 65_536;
/** All that 32-bit addresses reach: 4 GiB. */
export const MAXIMUM_PAGES = 65_536;
const INITIAL_PAGES = 16;

export interface CpuMemory {
  readonly memory: WebAssembly.Memory;
  /** Whether other threads may use it. */
  readonly shared: boolean;
  /** Bytes that it may have at most. */
  readonly maximumBytes: number;
  /**
   * Addresses of regions of these bytes, all or none, each a multiple of 64 with 64 bytes after it that are nobody else's. With
   * `clear` they hold zeros, else anything. Throws a ProblemError `device.out-of-memory` that says what for.
   */
  allocate(what: string, sizes: readonly number[], clear: boolean): readonly number[];
  /** Gives a region back, by its address. */
  free(address: number): void;
  /** Bytes as they are now. Not to be kept: growth makes it stale. */
  bytes(address: number, length: number): Uint8Array;
  /** Words of 32 bits, as they are now. Not to be kept, except for the first page's. */
  words(address: number, length: number): Int32Array;
  floats(address: number, length: number): Float32Array;
}

/** As much address space as the machine gives. */
function reserve(shared: boolean, maximumPages: number): { readonly memory: WebAssembly.Memory; readonly pages: number } {
  for (let pages = maximumPages; ; pages = Math.floor(pages / 2)) {
    try {
      return { memory: new WebAssembly.Memory({ initial: Math.min(INITIAL_PAGES, pages), maximum: pages, shared }), pages };
    } catch (error) {
      if (!(error instanceof RangeError) || pages <= INITIAL_PAGES) throw error;
    }
  }
}

/** `maximumPages` of 65,536 bytes each, at most 65,536. Throws a RangeError where the machine has next to no address space. */
export function createMemory(shared: boolean, maximumPages = MAXIMUM_PAGES): CpuMemory {
  const { memory, pages } = reserve(shared, maximumPages);
  const maximumBytes = pages * PAGE_BYTES;
  // No region stands at address 0, which is where a forgotten address would point.
  const allocator = createAllocator(64, memory.buffer.byteLength);
  /** What lies behind it was never handed out, and is still zero. */
  let touched = 0;

  /** Makes room for these one after another; false where the machine has no more. */
  function grow(sizes: readonly number[]): boolean {
    const wanted = allocator.endFor(sizes);
    if (wanted > maximumBytes) return false;
    try {
      memory.grow(Math.ceil((wanted - memory.buffer.byteLength) / PAGE_BYTES));
    } catch {
      return false;
    }
    allocator.extend(memory.buffer.byteLength);
    return true;
  }

  const bytes = (address: number, length: number): Uint8Array => new Uint8Array(memory.buffer, address, length);

  return {
    memory,
    shared,
    maximumBytes,
    allocate(what, sizes, clear) {
      const made: number[] = [];
      for (const [place, size] of sizes.entries()) {
        const address = allocator.allocate(size) ?? (grow(sizes.slice(place)) ? allocator.allocate(size) : null);
        if (address === null) {
          for (const given of made) allocator.free(given);
          const needed = sizes.reduce((sum, each) => sum + each, 0);
          throw outOfMemory(what, needed, allocator.freeBytes + maximumBytes - memory.buffer.byteLength);
        }
        made.push(address);
        const used = Math.min(address + size, touched);
        if (clear && used > address) bytes(address, used - address).fill(0);
        touched = Math.max(touched, address + size);
      }
      return made;
    },
    free: (address) => {
      allocator.free(address);
    },
    bytes,
    words: (address, length) => new Int32Array(memory.buffer, address, length),
    floats: (address, length) => new Float32Array(memory.buffer, address, length),
  };
}
