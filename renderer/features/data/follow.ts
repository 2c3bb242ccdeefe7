/** Follows a long call of the system by its job's name, a few times a second, until it is done. */
import { call } from '../../platform/client';

export interface Progress {
  readonly fraction: number;
  /** A key under `jobs` in the locale files. */
  readonly message: string;
}

export async function follow<Value>(job: string, work: Promise<Value>, tell: (progress: Progress) => void): Promise<Value> {
  const isRunning = { current: true };
  const poll = async () => {
    while (isRunning.current) {
      const progress = await call('jobs.read', { job });
      // The work may have ended while the answer was on its way.
      if (isRunning.current && progress.ok && progress.value) tell(progress.value);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  void poll();
  try {
    return await work;
  } finally {
    isRunning.current = false;
  }
}
