import { describe, expect, it } from 'vitest';
import { createProjectClaim } from './project-claim';

/** Locks of one origin, as the specification has them, for requests with a signal. */
function createLocks(): Pick<LockManager, 'request'> {
  const held = new Set<string>();
  const waiting: (() => void)[] = [];
  const request = async (name: string, { signal }: LockOptions, work: (lock: Lock) => Promise<unknown>): Promise<unknown> => {
    while (held.has(name))
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve);
        signal?.addEventListener('abort', () => {
          reject(new Error('timed out'));
        });
      });
    held.add(name);
    try {
      return await work({ name, mode: 'exclusive' });
    } finally {
      held.delete(name);
      waiting.splice(0).forEach((wake) => {
        wake();
      });
    }
  };
  // Of the overloads of the standard only this one is asked for.
  return { request: request as LockManager['request'] };
}

describe('a project', () => {
  it('belongs to one window, until that opens another', async () => {
    const locks = createLocks();
    const [first, second] = [createProjectClaim(locks, 20), createProjectClaim(locks, 20)];
    expect(await first('/a')).toBe(true);
    expect(await first('/a')).toBe(true);
    expect(await second('/a')).toBe(false);
    expect(await second('/b')).toBe(true);
    expect(await first('/b')).toBe(false);
    // What could not be had is no reason to let go of what there is.
    expect(await second('/a')).toBe(false);
    expect(await first('/c')).toBe(true);
    expect(await second('/a')).toBe(true);
  });

  it('is anybody’s where the page has no locks', async () => {
    expect(await createProjectClaim(undefined)('/a')).toBe(true);
  });
});
