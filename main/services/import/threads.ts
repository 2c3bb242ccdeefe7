/**
 * Imports beside the main thread, and images decoded in several: both ends of what these threads say to each other. The build
 * puts their entry (thread.ts) beside each program; without it, as in tests, everything is done in the caller's thread.
 */
import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { isBuilt } from '../../storage/built-file';
import { nodeFileSystem } from '../../storage/file-system';
import type { Progress } from '../jobs';
import { foreseen, ServiceError } from '../service-error';
import { decodeBatch, type DecodedBatch, type DecodingTask } from './decoding';
import type { DecodePool } from './decode-pool';
import { perform, type ImportAnswer, type ImportTask } from './perform';
import { problemOf } from './report';

const entry = new URL('./import-thread.js', import.meta.url);
/** Milliseconds between two words of how far it is. */
const reportInterval = 100;
const mostDecoders = 8;

type ThreadData = { readonly role: 'decode' } | { readonly role: 'import'; readonly task: ImportTask };

type ImportMessage =
  | { readonly type: 'progress'; readonly fraction: number; readonly message: string }
  | { readonly type: 'done'; readonly answer: ImportAnswer }
  | { readonly type: 'failed'; readonly code: string; readonly values: Readonly<Record<string, string | number>> }
  | { readonly type: 'broken'; readonly message: string };

type DecodeMessage = { readonly ok: true; readonly batch: DecodedBatch } | { readonly ok: false; readonly message: string };

export const hasThreads = (): boolean => isBuilt(entry);

const startThread = (data: ThreadData): Worker => new Worker(entry, { workerData: data });

/** Does the task in a thread of its own. Errors as `perform`; a cancelled job ends it at its next word. */
export function performInThread(task: ImportTask, progress: Progress): Promise<ImportAnswer> {
  const worker = startThread({ role: 'import', task });
  return new Promise<ImportAnswer>((resolve, reject) => {
    worker.on('message', (message: ImportMessage) => {
      if (message.type === 'progress') {
        try {
          progress.report(message.fraction, message.message);
        } catch {
          // Cancelled: the thread clears away what it made, then fails with just that.
          worker.postMessage('cancel');
        }
      } else if (message.type === 'done') resolve(message.answer);
      else if (message.type === 'failed') reject(new ServiceError(message.code, message.values));
      else reject(new Error(message.message));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      reject(new Error(`the thread of the import ended with ${String(code)}`));
    });
  }).finally(() => void worker.terminate());
}

/** Threads that decode, one task at a time each. */
function threadPool(): DecodePool {
  const width = Math.min(mostDecoders, availableParallelism());
  const workers = Array.from({ length: width }, () => startThread({ role: 'decode' }));
  const idle = [...workers];
  const waiting: ((worker: Worker) => void)[] = [];
  const take = async (): Promise<Worker> => idle.pop() ?? (await new Promise<Worker>((resolve) => waiting.push(resolve)));
  const give = (worker: Worker): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  };
  const ask = (worker: Worker, task: DecodingTask): Promise<DecodedBatch> =>
    new Promise((resolve, reject) => {
      // Each listener is taken off by itself: a worker has listeners of its own, without which it hears nothing more.
      const settle = (): void => {
        worker.off('message', hear).off('error', fail).off('exit', end);
      };
      const hear = (message: DecodeMessage): void => {
        settle();
        if (message.ok) resolve(message.batch);
        else reject(new Error(message.message));
      };
      const fail = (error: unknown): void => {
        settle();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const end = (code: number): void => {
        fail(new Error(`a thread that decodes ended with ${String(code)}`));
      };
      worker.on('message', hear).on('error', fail).on('exit', end);
      worker.postMessage(task);
    });
  return {
    width,
    decode: async (task) => {
      const worker = await take();
      try {
        return await ask(worker, task);
      } finally {
        give(worker);
      }
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

async function serveImport(task: ImportTask): Promise<void> {
  let isCancelled = false;
  let last = -Infinity;
  parentPort?.on('message', () => {
    isCancelled = true;
  });
  const say = (message: ImportMessage): void => parentPort?.postMessage(message);
  const progress: Progress = {
    report: (fraction, message) => {
      if (isCancelled) throw new ServiceError('job.cancelled');
      const now = performance.now();
      if (now - last < reportInterval) return;
      last = now;
      say({ type: 'progress', fraction, message });
    },
  };
  const pool = threadPool();
  try {
    say({ type: 'done', answer: await perform(nodeFileSystem, task, pool, progress) });
  } catch (error) {
    const problem = problemOf(error) ?? foreseen(error);
    say(problem === null ? { type: 'broken', message: messageOf(error) } : { type: 'failed', code: problem.code, values: problem.values });
  } finally {
    await pool.close();
    parentPort?.close();
  }
}

/** What a thread does that thread.ts started. */
export function serve(): void {
  // Whoever starts a thread says so: startThread above.
  const data = workerData as ThreadData;
  if (data.role === 'import') void serveImport(data.task);
  else
    parentPort?.on('message', (task: DecodingTask) => {
      decodeBatch(task).then(
        (batch) => {
          parentPort?.postMessage({ ok: true, batch } satisfies DecodeMessage, [batch.values.buffer]);
        },
        (error: unknown) => {
          parentPort?.postMessage({ ok: false, message: messageOf(error) } satisfies DecodeMessage);
        },
      );
    });
}
