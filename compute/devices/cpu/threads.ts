/** The threads of a CPU device, as whoever opens it can make them: workers of a browser or of Node. */
import { control, controlBytes } from './control';
import type { CpuMemory } from './memory';
import type { ThreadMessage } from './thread';

/** More wait for one another longer than they compute. */
export const MAXIMUM_THREADS = 32;

/** Runs `createThread` of thread.ts. */
export interface Thread {
  send(message: ThreadMessage): void;
  /** Resolves with the reason if it ends by itself, never where `end` was called. */
  readonly lost: Promise<string>;
  end(): void;
}

/** What an environment offers to a device that computes on its own threads. */
export interface ThreadHost {
  /** How many threads to compute with unless told otherwise, that of the caller among them. */
  readonly threads: number;
  /** Whether threads can share memory; if not, there is but the caller's. */
  readonly shared: boolean;
  /** As a person would name it, if that is known. */
  readonly processor: string | null;
  start(): Thread;
  /** Resolves after messages and timers had their turn. */
  readonly yield: () => Promise<void>;
}

/** Several threads on one memory, of which the caller is number 0. */
export interface Team {
  readonly threads: number;
  /** To all others. */
  send(message: ThreadMessage): void;
  readonly lost: Promise<string>;
  end(): void;
}

const delay = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts all threads but the caller's; null if not all of them listen within `deadline` milliseconds. */
export async function assembleTeam(
  host: ThreadHost,
  threads: number,
  memory: CpuMemory,
  controlAddress: number,
  deadline: number,
): Promise<Team | null> {
  const words = memory.words(controlAddress, controlBytes(threads) / 4);
  const others: Thread[] = [];
  const end = (): void => {
    for (const thread of others) thread.end();
  };
  let failed = false;
  try {
    for (let number = 1; number < threads; number++) {
      const thread = host.start();
      others.push(thread);
      void thread.lost.then(() => {
        failed = true;
      });
      thread.send({ type: 'begin', memory: memory.memory, control: controlAddress, thread: number, threads });
    }
    const isReady = (): boolean => Atomics.load(words, control.ready / 4) === others.length;
    const started = performance.now();
    const isHopeless = (): boolean => failed || performance.now() - started > deadline;
    while (!isReady()) {
      if (isHopeless()) {
        end();
        return null;
      }
      await delay(1);
    }
  } catch {
    // Workers are forbidden here, or cannot be loaded.
    end();
    return null;
  }
  return {
    threads,
    send: (message) => {
      for (const thread of others) thread.send(message);
    },
    lost: Promise.race(others.map(({ lost }) => lost)),
    end,
  };
}
