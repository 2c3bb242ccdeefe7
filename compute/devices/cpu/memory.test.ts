/** The memory of a CPU device: regions apart, used again, grown, cleared; and refused with the bytes that it would take. */
import { describe, expect, it, test } from 'vitest';
import { ProblemError } from '../../graph/problem';
import { createAllocator } from './allocator';
import { createMemory, PAGE_BYTES } from './memory';
import { createWorkspaces } from './workspaces';

describe('an allocator', () => {
  it('keeps regions apart, aligned and with slack, and uses again what was freed, however they come and go', () => {
    const allocator = createAllocator(10, 64 * 1600);
    const free = allocator.freeBytes;
    const regions = new Map<number, number>();
    // A fixed sequence of sizes and turns: linear congruential, modulus 2³¹.
    let state = 1;
    const next = (bound: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * bound);
    };
    for (let turn = 0; turn < 2000; turn++) {
      const size = next(3000);
      const address = regions.size > 0 && next(3) === 0 ? null : allocator.allocate(size);
      if (address === null) {
        const victim = [...regions.keys()][next(regions.size)];
        if (victim === undefined) continue;
        allocator.free(victim);
        regions.delete(victim);
        continue;
      }
      expect(address % 64).toBe(0);
      regions.set(address, size);
    }
    const addresses = [...regions.keys()].sort((a, b) => a - b);
    addresses.forEach((address, place) => {
      const next = addresses[place + 1] ?? Infinity;
      expect(next - address).toBeGreaterThanOrEqual((regions.get(address) ?? 0) + 64);
    });
    for (const address of addresses) allocator.free(address);
    expect(allocator.freeBytes).toBe(free);
    // All in one piece again.
    expect(allocator.allocate(free - 64)).toBe(64);
    expect(allocator.allocate(0)).toBeNull();
  });

  it('leaves 64 bytes after each region', () => {
    const allocator = createAllocator(0, 10_000);
    for (const bytes of [1, 63, 64, 65, 1000]) {
      const address = allocator.allocate(bytes) ?? expect.unreachable();
      const following = allocator.allocate(0) ?? expect.unreachable();
      expect(following).toBeGreaterThanOrEqual(address + bytes + 64);
    }
  });

  it('refuses to free what is not there', () => {
    const allocator = createAllocator(0, 1000);
    const address = allocator.allocate(10) ?? expect.unreachable();
    allocator.free(address);
    expect(() => {
      allocator.free(address);
    }).toThrow(RangeError);
  });
});

describe.each([false, true])('a memory (shared: %s)', (shared) => {
  it('grows, keeps what is in it, and clears what was used before', () => {
    const memory = createMemory(shared, 1000);
    const [small = 0] = memory.allocate('a test', [100], true);
    memory.bytes(small, 100).fill(7);
    const before = memory.memory.buffer.byteLength;
    const [large = 0, other = 0] = memory.allocate('a test', [30 * PAGE_BYTES, 5 * PAGE_BYTES], true);
    expect(memory.memory.buffer.byteLength).toBeGreaterThan(before);
    expect(memory.bytes(small, 100).every((byte) => byte === 7)).toBe(true);
    expect(memory.floats(large, 30 * 16_384).every((value) => value === 0)).toBe(true);
    memory.bytes(other, 5 * PAGE_BYTES).fill(9);
    memory.free(other);
    const [again = 0] = memory.allocate('a test', [5 * PAGE_BYTES], true);
    expect(again).toBe(other);
    expect(memory.words(again, 5 * 16_384).every((value) => value === 0)).toBe(true);
  });

  it('refuses what does not fit, all of it, and says how much that is', () => {
    const memory = createMemory(shared, 100);
    const [address = 0] = memory.allocate('a test', [10 * PAGE_BYTES], false);
    const refusal = (): ProblemError => {
      try {
        memory.allocate('the weights', [50 * PAGE_BYTES, 60 * PAGE_BYTES], false);
      } catch (error) {
        if (error instanceof ProblemError) return error;
      }
      return expect.unreachable();
    };
    const { code, values } = refusal().problem;
    expect({ code, what: values['what'], needed: values['needed'] }).toEqual({
      code: 'device.out-of-memory',
      what: 'the weights',
      needed: 110 * PAGE_BYTES,
    });
    // 90 pages are left, less the slack of what is there and the first line.
    expect(values['available']).toBe(90 * PAGE_BYTES - 128);
    memory.free(address);
    expect(memory.allocate('a test', [99 * PAGE_BYTES], false)).toEqual([address]);
  });
});

test('programs share the memory that they need only while they run, until the last of them is gone', () => {
  const memory = createMemory(false, 100);
  const before = memory.allocate('a test', [0], false)[0] ?? 0;
  memory.free(before);
  const workspaces = createWorkspaces(memory, () => undefined);
  const large = workspaces.take('large', [1000, 10, 70_000]);
  const small = workspaces.take('small', [500, 500]);
  const larger = workspaces.take('larger', [90_000]);
  expect(small.addresses[0]).toBe(large.addresses[0]);
  expect(larger.addresses[0]).not.toBe(large.addresses[0]);
  for (const { addresses, sizes } of [
    { addresses: large.addresses, sizes: [1000, 10, 70_000] },
    { addresses: small.addresses, sizes: [500, 500] },
  ]) {
    addresses.forEach((address, place) => {
      expect(address % 64).toBe(0);
      expect((addresses[place + 1] ?? Infinity) - address).toBeGreaterThanOrEqual((sizes[place] ?? 0) + 64);
    });
  }
  large.release();
  large.release();
  // Still in use.
  expect(workspaces.take('another', [60_000]).addresses[0]).toBe(small.addresses[0]);
  small.release();
  larger.release();
  expect(() => workspaces.take('huge', [100 * PAGE_BYTES])).toThrow('huge');
});
