/** The training worker: messages in, messages out, and nothing else. The only file of the engine with postMessage. */
import { openCpuDevice } from '../devices/cpu/cpu-device';
import { openReferenceDevice } from '../devices/reference/reference-device';
import { openWebGpuDevice } from '../devices/webgpu/webgpu-device';
import { success } from '../graph/problem';
import { createDispatcher } from './dispatcher';
import type { WorkerMessage, WorkerRequest } from './protocol';
import { workerThreads } from './threads';
import { fetchTransfer } from './transfer';

/** As much of a dedicated worker's global scope as this file uses; the engine is compiled without the DOM's types. */
interface WorkerScope {
  postMessage(message: WorkerMessage, transfer: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: WorkerRequest }) => void) | null;
}

// Only a dedicated worker loads this file.
const scope = globalThis as unknown as WorkerScope;

/** The buffers of all typed arrays in a message: they move instead of being copied, and nobody here keeps them. */
function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (Array.isArray(value)) {
    for (const item of value) buffersIn(item, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) buffersIn(item, found);
  }
  return found;
}

const send = (message: WorkerMessage): void => {
  scope.postMessage(message, [...buffersIn(message)]);
};

const dispatcher = createDispatcher({
  openers: {
    webgpu: ({ memory }) => openWebGpuDevice(undefined, { memory }),
    cpu: ({ threads }) => openCpuDevice({ host: workerThreads(), ...(threads === null ? {} : { threads }) }),
    reference: () => Promise.resolve(success(openReferenceDevice())),
  },
  transfer: fetchTransfer,
  emit: (event) => {
    send({ type: 'event', event });
  },
});

scope.onmessage = ({ data: { id, call, request } }) => {
  void dispatcher.dispatch(call, request).then((outcome) => {
    send({ type: 'response', id, ...outcome });
  });
};
