/** The words of shared memory by which threads find their tasks and wait for one another. Each stands in a cache line of its own. */

const LINE = 64;

/** Byte offsets from the beginning of the control block. */
export const control = {
  /** Goes up each time all threads have met. */
  generation: 0,
  /** Threads that are at the present meeting. */
  arrived: LINE,
  /** Not 0 once a thread has failed: no thread waits any more. */
  failed: 2 * LINE,
  /** Threads that sleep, and have to be woken. */
  sleepers: 3 * LINE,
  /** Threads that have begun to listen. */
  ready: 4 * LINE,
  /** How many tasks of its part each thread's counter has given out; one line a thread. */
  claims: 5 * LINE,
  /** In the same lines: at how many meetings running the thread has looked in vain before it slept. */
  vain: 5 * LINE + 32,
} as const;

export const CLAIM_STRIDE = LINE;

export const controlBytes = (threads: number): number => control.claims + threads * CLAIM_STRIDE;

/** Releases all threads from their waiting, for good. `words` begin at the control block. */
export function markFailed(words: Int32Array): void {
  Atomics.store(words, control.failed / 4, 1);
  Atomics.add(words, control.generation / 4, 1);
  Atomics.notify(words, control.generation / 4);
}
