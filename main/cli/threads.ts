/** The threads of a CPU device in Node: workers that run thread.ts, which the build puts beside the command. */
import { availableParallelism, cpus } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Thread, ThreadHost } from '../../compute/devices/cpu/threads';
import { isBuilt } from '../storage/built-file';

const builtEntry = new URL('./thread.js', import.meta.url);

/** It keeps Node alive only as long as something else does. */
function startThread(entry: URL): Thread {
  const worker = new Worker(entry);
  worker.unref();
  let ended = false;
  const lost = new Promise<string>((resolve) => {
    worker.on('error', (error) => {
      resolve(error instanceof Error ? error.message : String(error));
    });
    worker.on('exit', (code) => {
      if (!ended) resolve(`a thread ended with ${String(code)}`);
    });
  });
  return {
    send: (message) => {
      worker.postMessage(message);
    },
    lost,
    end: () => {
      ended = true;
      void worker.terminate();
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Node 20's engine has relaxed vectors behind a flag, which counts for modules that come after it; later ones have them anyway. */
function allowRelaxedVectors(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** All cores. Without the entry, which only the build makes, there is but the caller's thread. */
export function nodeThreads(entry: URL = builtEntry): ThreadHost {
  const shared = entry.protocol !== 'file:' || isBuilt(entry);
  allowRelaxedVectors();
  const processor = cpus()[0]?.model.trim() ?? '';
  return {
    threads: shared ? availableParallelism() : 1,
    shared,
    processor: processor === '' ? null : processor,
    start: () => startThread(entry),
    yield: turn,
  };
}
