/** The threads of a CPU device in a browser or in Electron: workers of the training worker, where the page is isolated. */
import type { ThreadMessage } from '../devices/cpu/thread';
import type { Thread, ThreadHost } from '../devices/cpu/threads';

/** As much of a worker and of its scope as this file uses; the engine is compiled without the DOM's types. */
interface NestedWorker {
  postMessage(message: ThreadMessage): void;
  terminate(): void;
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null;
  onmessageerror: (() => void) | null;
}
interface Port {
  postMessage(message: null): void;
  onmessage: (() => void) | null;
}
declare const Worker: new (url: Address, options: { readonly type: 'module' }) => NestedWorker;
interface Address {
  readonly href: string;
}
declare const URL: new (path: string, base: string) => Address;
declare const MessageChannel: new () => { readonly port1: Port; readonly port2: Port };
const environment = globalThis as {
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly hardwareConcurrency?: number };
};

function start(): Thread {
  // Written as the bundler looks for it.
  const worker = new Worker(new URL('./thread-entry.ts', import.meta.url), { type: 'module' });
  const lost = new Promise<string>((resolve) => {
    worker.onerror = (event) => {
      event.preventDefault();
      resolve(event.message ?? 'a thread could not be loaded');
    };
    worker.onmessageerror = () => {
      resolve('a thread could not read a message');
    };
  });
  return {
    send: (message) => {
      worker.postMessage(message);
    },
    lost,
    end: () => {
      worker.terminate();
    },
  };
}

/** A message to oneself comes after those that wait already, and sooner than any timer. */
function turns(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
}

/** One core is left to the screen. Memory is shared only where the page is isolated from other origins, which is found out here. */
export function workerThreads(): ThreadHost {
  const shared = environment.crossOriginIsolated === true;
  return {
    threads: shared ? Math.max(1, (environment.navigator?.hardwareConcurrency ?? 1) - 1) : 1,
    shared,
    processor: null,
    start,
    yield: turns(),
  };
}
