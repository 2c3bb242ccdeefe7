/**
 * Puts small reductions whose results nothing in the phase waits for (sums of splits, gradients of biases) together into
 * few kernels. They are held back for that, and with them what they read; so large inputs are not waited with.
 */
import { writeJobs, type Job } from './jobs';
import { bufferKey, type BufferReference } from './kernel-bindings';
import type { KernelOptions, PlannedKernel } from './planned-kernel';

/** Words (four bytes) that held back jobs may keep alive: 16 MiB each, 64 MiB together. */
const wordsOfOne = 4 * 1024 * 1024;
const wordsTogether = 16 * 1024 * 1024;

interface Bundle {
  readonly jobs: Job[];
  readonly buffers: Set<string>;
  words: number;
}

export interface Bundles {
  /** Gives the kernels that have to run now: those that the job does not go together with, or the job itself. */
  add(job: Job): PlannedKernel[];
  /** Gives the kernels of all jobs that still wait. */
  flush(): PlannedKernel[];
}

export function createBundles(
  options: Pick<KernelOptions, 'profile' | 'isRounded'>,
  maximumBindings: number,
  wordsOf: (buffer: BufferReference) => number,
): Bundles {
  const open = new Map<number, Bundle>();
  const written = ({ jobs }: Bundle): PlannedKernel => writeJobs(jobs, options);
  return {
    add(job) {
      const alone = writeJobs([job], options);
      const words = alone.bindings.reduce((sum, { buffer }) => sum + wordsOf(buffer), 0);
      if (words > wordsOfOne) return [alone];
      const buffers = alone.bindings.map(({ buffer }) => bufferKey(buffer));
      const bundle = open.get(job.width);
      if (bundle) {
        const together = new Set([...bundle.buffers, ...buffers]);
        if (together.size <= maximumBindings && bundle.words + words <= wordsTogether) {
          bundle.jobs.push(job);
          for (const key of buffers) bundle.buffers.add(key);
          bundle.words += words;
          return [];
        }
      }
      open.set(job.width, { jobs: [job], buffers: new Set(buffers), words });
      return bundle ? [written(bundle)] : [];
    },
    flush() {
      const kernels = [...open.values()].map(written);
      open.clear();
      return kernels;
    },
  };
}
