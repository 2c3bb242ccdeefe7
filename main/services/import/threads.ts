/**
 * Imports beside the main thread, and images decoded in several: both ends of what these threads say to each other. The build
 * puts their entry (thread.ts) beside each program; without it, as in tests, everything is done in the caller's thread.
 */
import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { isBuilt } from '../../storage/built-file';
import { nodeFileSystem, systemErrorCode } from '../../storage/file-system';
import type { Progress } from '../jobs';
import { foreseen, ServiceError } from '../service-error';
import { decodeBatch, type DecodedBatch, type DecodingTask } from './decoding';
import type { DecodePool } from './decode-pool';
import { decodeGuarded, type Attempt, type Stopped } from './guarded-decoding';
import { perform, type ImportAnswer, type ImportTask } from './perform';
import { problemOf } from './report';

const entry = new URL('./import-thread.js', import.meta.url);
/** Milliseconds between two words of how far it is. */
const reportInterval = 100;
const mostDecoders = 8;

/**
 * What a thread that decodes says of itself in shared memory, three float64: the image of its task, when it began with it in
 * milliseconds since 1970 (0: it does nothing), and the bytes of its file.
 */
const progressBytes = 24;
/** Milliseconds that an image may take, and more for each MiB of its file: what is longer may have more pixels. */
const usualPatience = 2000;
const patiencePerMebibyte = 1000;
const watchInterval = 200;
/** Of the JavaScript heap of a thread that decodes; pixels lie outside of it. */
const decoderHeapMegabytes = 256;

type ThreadData =
  { readonly role: 'decode'; readonly progress: SharedArrayBuffer } | { readonly role: 'import'; readonly task: ImportTask };

type ImportMessage =
  | { readonly type: 'progress'; readonly fraction: number; readonly message: string }
  | { readonly type: 'done'; readonly answer: ImportAnswer }
  | { readonly type: 'failed'; readonly code: string; readonly values: Readonly<Record<string, string | number>> }
  | { readonly type: 'broken'; readonly message: string };

type DecodeMessage = { readonly ok: true; readonly batch: DecodedBatch } | { readonly ok: false; readonly message: string };

export const hasThreads = (): boolean => isBuilt(entry);

const startThread = (data: ThreadData): Worker =>
  new Worker(entry, {
    workerData: data,
    ...(data.role === 'decode' && { resourceLimits: { maxOldGenerationSizeMb: decoderHeapMegabytes } }),
  });

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

/** A thread that decodes, made anew when it had to be ended. */
export interface Decoder {
  readonly attempt: Attempt;
  readonly close: () => Promise<void>;
}

/** `start` makes a thread that answers tasks, and tells in its progress where it is. */
export function createDecoder(start: (progress: SharedArrayBuffer) => Worker): Decoder {
  const open = () => {
    const progress = new SharedArrayBuffer(progressBytes);
    return { worker: start(progress), state: new Float64Array(progress) };
  };
  let current = open();
  const attempt: Attempt = (task, patience) =>
    new Promise((resolve, reject) => {
      const { worker, state } = current;
      // Only what is listened for here is taken away: a thread without listeners of its own would no longer be heard.
      const settle = (end: () => void): void => {
        clearInterval(watch);
        worker.off('message', answered).off('error', failed).off('exit', ended);
        end();
      };
      const stop = (reason: Stopped['reason']): void => {
        settle(() => {
          const at = state[0] ?? 0;
          // What ends it may still report an error.
          worker.on('error', () => undefined);
          void worker.terminate();
          current = open();
          resolve({ at, reason });
        });
      };
      const answered = (message: DecodeMessage): void => {
        settle(() => {
          if (message.ok) resolve(message.batch);
          else reject(new Error(message.message));
        });
      };
      const failed = (error: unknown): void => {
        if (systemErrorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY') stop('memory');
        else
          settle(() => {
            reject(error instanceof Error ? error : new Error(String(error)));
          });
      };
      const ended = (code: number): void => {
        failed(new Error(`a thread that decodes ended with ${String(code)}`));
      };
      const watch = setInterval(() => {
        const [, began = 0, bytes = 0] = state;
        const longest = patience * (usualPatience + (bytes / 2 ** 20) * patiencePerMebibyte);
        if (began > 0 && Date.now() - began > longest) stop('time');
      }, watchInterval);
      worker.on('message', answered).on('error', failed).on('exit', ended);
      worker.postMessage(task);
    });
  return {
    attempt,
    close: async () => {
      await current.worker.terminate();
    },
  };
}

/** Threads that decode, one task at a time each. */
function threadPool(): DecodePool {
  const width = Math.min(mostDecoders, availableParallelism());
  const decoders = Array.from({ length: width }, () => createDecoder((progress) => startThread({ role: 'decode', progress })));
  const idle = [...decoders];
  const waiting: ((decoder: Decoder) => void)[] = [];
  const take = async (): Promise<Decoder> => idle.pop() ?? (await new Promise<Decoder>((resolve) => waiting.push(resolve)));
  const give = (decoder: Decoder): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(decoder);
    else next(decoder);
  };
  return {
    width,
    decode: async (task) => {
      const decoder = await take();
      try {
        return await decodeGuarded(task, decoder.attempt);
      } finally {
        give(decoder);
      }
    },
    close: async () => {
      await Promise.all(decoders.map((decoder) => decoder.close()));
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
  if (data.role === 'import') {
    void serveImport(data.task);
    return;
  }
  const state = new Float64Array(data.progress);
  const begin = (place: number, bytes: number): void => {
    state[0] = place;
    state[2] = bytes;
    state[1] = Date.now();
  };
  parentPort?.on('message', (task: DecodingTask) => {
    decodeBatch(task, begin)
      .finally(() => {
        state[1] = 0;
      })
      .then(
        (batch) => {
          parentPort?.postMessage({ ok: true, batch } satisfies DecodeMessage, [batch.values.buffer]);
        },
        (error: unknown) => {
          parentPort?.postMessage({ ok: false, message: messageOf(error) } satisfies DecodeMessage);
        },
      );
  });
}
