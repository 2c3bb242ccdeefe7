/**
 * A task done in a thread of its own, so that it can be ended: both ends of what is said about it. It knows neither the tasks
 * nor how threads are made.
 */
import { parentPort, type Transferable, type Worker } from 'node:worker_threads';
import { systemErrorCode } from '../../storage/file-system';
import type { Progress } from '../jobs';
import { ServiceError } from '../service-error';

/** Milliseconds between two words of how far it is. */
const reportInterval = 100;
/** Milliseconds between two looks at the time and at whether somebody cancelled. */
const watchInterval = 200;

type TaskMessage<Answer> =
  | { readonly type: 'progress'; readonly fraction: number; readonly message: string }
  | { readonly type: 'done'; readonly answer: Answer }
  | { readonly type: 'failed'; readonly code: string; readonly values: Readonly<Record<string, string | number>> }
  | { readonly type: 'broken'; readonly message: string };

export interface TaskBounds {
  /** Milliseconds; a task that takes longer is ended. */
  readonly longest: number;
  /** A cancelled task is `ended` at once, or `asked` to end at its next word and to clear away what it made. */
  readonly cancelled: 'ended' | 'asked';
  /** What a person is told of a task that was ended. */
  readonly stopped: (reason: 'time' | 'memory') => ServiceError;
}

/**
 * What the task in the thread answers; the thread is gone afterwards. Errors: those that it foresaw, `stopped`, job.cancelled;
 * anything else is a bug and thrown as such.
 */
export function awaitTask<Answer>(worker: Worker, progress: Progress, { longest, cancelled, stopped }: TaskBounds): Promise<Answer> {
  const began = performance.now();
  const last = { fraction: 0, message: 'starting' };
  let watch: ReturnType<typeof setInterval> | undefined;
  return new Promise<Answer>((resolve, reject) => {
    const report = (): void => {
      try {
        progress.report(last.fraction, last.message);
      } catch (error) {
        // Asked, it fails with just that once it has cleared away what it made.
        if (cancelled === 'asked') worker.postMessage('cancel');
        else reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    watch = setInterval(() => {
      if (performance.now() - began > longest) reject(stopped('time'));
      else report();
    }, watchInterval);
    worker.on('message', (message: TaskMessage<Answer>) => {
      if (message.type === 'progress') {
        Object.assign(last, { fraction: message.fraction, message: message.message });
        report();
      } else if (message.type === 'done') resolve(message.answer);
      else if (message.type === 'failed') reject(new ServiceError(message.code, message.values));
      else reject(new Error(message.message));
    });
    worker.on('error', (error) => {
      reject(systemErrorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? stopped('memory') : error);
    });
    worker.on('exit', (code) => {
      reject(new Error(`the thread of a task ended with ${String(code)}`));
    });
  }).finally(() => {
    clearInterval(watch);
    void worker.terminate();
  });
}

export const messageOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

export interface TaskWork<Answer> {
  readonly work: (progress: Progress) => Promise<Answer>;
  /** Null for a bug. */
  readonly problemOf: (error: unknown) => { readonly code: string; readonly values: Readonly<Record<string, string | number>> } | null;
  /** Memory of the answer that is handed over instead of copied. */
  readonly handedOver?: (answer: Answer) => readonly Transferable[];
}

/** The other end, in the thread: does the task and tells of it. Never rejects. */
export async function serveTask<Answer>({ work, problemOf, handedOver = () => [] }: TaskWork<Answer>): Promise<void> {
  let isCancelled = false;
  let last = -Infinity;
  parentPort?.on('message', () => {
    isCancelled = true;
  });
  const say = (message: TaskMessage<Answer>, memory: readonly Transferable[] = []): void => parentPort?.postMessage(message, memory);
  const progress: Progress = {
    report: (fraction, message) => {
      if (isCancelled) throw new ServiceError('job.cancelled');
      const now = performance.now();
      if (now - last < reportInterval) return;
      last = now;
      say({ type: 'progress', fraction, message });
    },
  };
  try {
    const answer = await work(progress);
    say({ type: 'done', answer }, handedOver(answer));
  } catch (error) {
    const problem = problemOf(error);
    say(problem === null ? { type: 'broken', message: messageOf(error) } : { type: 'failed', code: problem.code, values: problem.values });
  } finally {
    parentPort?.close();
  }
}
