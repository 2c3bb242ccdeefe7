/** Images decoded in several threads, each of which is watched and can be ended: both ends of what they say to each other. */
import { availableParallelism } from 'node:os';
import { parentPort, type Worker } from 'node:worker_threads';
import { systemErrorCode } from '../../storage/file-system';
import { startThread } from '../threads/start-thread';
import { messageOf } from '../threads/task-thread';
import { decodeBatch, type DecodedBatch, type DecodingTask } from './decoding';
import type { DecodePool } from './decode-pool';
import { decodeGuarded, type Attempt, type Stopped } from './guarded-decoding';

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

type DecodeMessage = { readonly ok: true; readonly batch: DecodedBatch } | { readonly ok: false; readonly message: string };

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
export function threadPool(): DecodePool {
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

/** The other end, in the thread: decodes what it is sent. `progress`: see above. */
export function serveDecoding(progress: SharedArrayBuffer): void {
  const state = new Float64Array(progress);
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
