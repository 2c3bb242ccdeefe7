/** Long calls in flight, by name: how far they are, and a way to end them. */
import { ServiceError } from './service-error';

export interface Progress {
  /** `fraction` 0…1; `message` is a key under `jobs` in the locale files. Throws job.cancelled once the job was cancelled. */
  report(fraction: number, message: string): void;
}

export const noProgress: Progress = { report: () => undefined };

export interface Jobs {
  run<Value>(job: string | undefined, work: (progress: Progress) => Promise<Value>): Promise<Value>;
  read(job: string): { readonly fraction: number; readonly message: string } | null;
  cancel(job: string): void;
}

export function createJobs(): Jobs {
  const running = new Map<string, { fraction: number; message: string; cancelled: boolean }>();
  return {
    run: async (job, work) => {
      if (job === undefined) return await work(noProgress);
      const state = { fraction: 0, message: 'starting', cancelled: false };
      running.set(job, state);
      try {
        return await work({
          report: (fraction, message) => {
            if (state.cancelled) throw new ServiceError('job.cancelled');
            state.fraction = Math.min(1, Math.max(0, fraction));
            state.message = message;
          },
        });
      } finally {
        if (running.get(job) === state) running.delete(job);
      }
    },
    read: (job) => {
      const state = running.get(job);
      return state === undefined ? null : { fraction: state.fraction, message: state.message };
    },
    cancel: (job) => {
      const state = running.get(job);
      if (state !== undefined) state.cancelled = true;
    },
  };
}
