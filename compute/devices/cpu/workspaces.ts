/**
 * Memory for what programs need only while they run. One runs at a time, so they share it: a program takes a block that is there
 * already, if it is large enough.
 */
import { REGION_ALIGNMENT } from './allocator';
import type { CpuMemory } from './memory';

export interface Workspace {
  /** An address for each piece, aligned to 64, with 64 bytes after it that are no other piece's. */
  readonly addresses: readonly number[];
  /** Gives it back, once. */
  release(): void;
}

export interface Workspaces {
  /** Throws a ProblemError `device.out-of-memory` that says what for. */
  take(what: string, sizes: readonly number[]): Workspace;
}

export function createWorkspaces(memory: CpuMemory, made: () => void): Workspaces {
  const blocks: { readonly address: number; readonly bytes: number; users: number }[] = [];

  function blockOf(what: string, bytes: number): (typeof blocks)[number] {
    const known = blocks.filter((block) => block.bytes >= bytes).sort((a, b) => a.bytes - b.bytes)[0];
    if (known !== undefined) return known;
    const [address = 0] = memory.allocate(what, [bytes], false);
    made();
    const block = { address, bytes, users: 0 };
    blocks.push(block);
    return block;
  }

  return {
    take(what, sizes) {
      const offsets: number[] = [];
      let end = 0;
      for (const bytes of sizes) {
        offsets.push(end);
        end += Math.ceil(bytes / REGION_ALIGNMENT + 1) * REGION_ALIGNMENT;
      }
      const block = blockOf(what, end);
      block.users++;
      let taken = true;
      return {
        addresses: offsets.map((offset) => block.address + offset),
        release() {
          if (!taken) return;
          taken = false;
          block.users--;
          if (block.users > 0) return;
          blocks.splice(blocks.indexOf(block), 1);
          memory.free(block.address);
        },
      };
    },
  };
}
