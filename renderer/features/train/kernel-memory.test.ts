/** The memory for kernels in the program's settings: read, added to, and done without where there is none. */
import { describe, expect, it, vi } from 'vitest';
import { createKernelMemory } from './kernel-memory';

type Call = Parameters<typeof createKernelMemory>[0];

/** A contract that answers `settings.read` with these settings. */
function open(settings: Record<string, unknown>) {
  const call = vi.fn((name: string) => Promise.resolve({ ok: true, value: name === 'settings.read' ? settings : null }));
  // As much of the contract as the memory uses.
  return { call, memory: createKernelMemory(call as unknown as Call) };
}

describe('the memory for kernels', () => {
  it('writes what it learns beside what was kept', async () => {
    const { call, memory } = open({ kernels: { first: 'block-64' } });
    expect(await memory.known()).toEqual({ first: 'block-64' });
    memory.learn({ second: 'register-4x4' });
    expect(call).toHaveBeenLastCalledWith('settings.write', { kernels: { first: 'block-64', second: 'register-4x4' } });
  });

  it('begins anew where what was kept does not fit', async () => {
    const { memory } = open({ kernels: [1, 2] });
    expect(await memory.known()).toEqual({});
  });
});
