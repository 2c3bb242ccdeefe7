/** Threads beside the main one: the build puts their entry (entry.ts) beside each program; without it, as in tests, there are none. */
import { Worker } from 'node:worker_threads';
import { isBuilt } from '../../storage/built-file';
import type { ImportTask } from '../import/perform';
import type { ModelTask } from '../model-reading';

const entry = new URL('./service-thread.js', import.meta.url);

/** What a thread is started for. */
export type ThreadData =
  | { readonly role: 'decode'; readonly progress: SharedArrayBuffer }
  | { readonly role: 'import'; readonly task: ImportTask }
  | { readonly role: 'model'; readonly task: ModelTask };

/** Of the JavaScript heap, in MiB; pixels, samples and weights lie outside of it. */
const heaps: Readonly<Record<ThreadData['role'], number | null>> = { decode: 256, import: null, model: 1024 };

export const hasThreads = (): boolean => isBuilt(entry);

export function startThread(data: ThreadData): Worker {
  const heap = heaps[data.role];
  return new Worker(entry, { workerData: data, ...(heap !== null && { resourceLimits: { maxOldGenerationSizeMb: heap } }) });
}
