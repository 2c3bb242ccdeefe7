/** What a thread of a CPU device does with the messages that it is sent. It answers by the shared memory alone. */
import { control, controlBytes, markFailed } from './control';
import type { Driver } from './driver';

export type ThreadMessage =
  /** The first: which of how many threads it is; 0 is the one that sends the messages. */
  | {
      readonly type: 'begin';
      readonly memory: WebAssembly.Memory;
      readonly control: number;
      readonly thread: number;
      readonly threads: number;
    }
  | { readonly type: 'load'; readonly program: number; readonly module: WebAssembly.Module }
  | { readonly type: 'unload'; readonly program: number }
  /** All threads are in this at once, and leave it together. */
  | { readonly type: 'run'; readonly program: number; readonly times: number };

/** A module's own text says what it exports: driver.ts writes it. */
export const instantiateDriver = (module: WebAssembly.Module, memory: WebAssembly.Memory): Driver =>
  new WebAssembly.Instance(module, { host: { memory } }).exports as unknown as Driver;

/** The receiver of a thread's messages, which come in order. It throws what its part of a program throws, once the others know of it. */
export function createThread(): (message: ThreadMessage) => void {
  const drivers = new Map<number, Driver>();
  let place: { readonly memory: WebAssembly.Memory; readonly words: Int32Array; readonly thread: number } | null = null;
  const handle = (message: ThreadMessage): void => {
    if (message.type === 'begin') {
      const { memory, thread } = message;
      // The first pages stay where they are when a shared memory grows.
      place = { memory, thread, words: new Int32Array(memory.buffer, message.control, controlBytes(message.threads) / 4) };
      Atomics.add(place.words, control.ready / 4, 1);
      return;
    }
    if (place === null) throw new Error('a thread was sent work before it had a memory');
    switch (message.type) {
      case 'load':
        drivers.set(message.program, instantiateDriver(message.module, place.memory));
        break;
      case 'unload':
        drivers.delete(message.program);
        break;
      case 'run': {
        const driver = drivers.get(message.program);
        if (driver === undefined) throw new RangeError(`a thread has no program ${String(message.program)}`);
        driver.run(place.thread, message.times);
        break;
      }
      default:
        message satisfies never;
    }
  };
  return (message) => {
    try {
      handle(message);
    } catch (error) {
      if (place !== null) markFailed(place.words);
      throw error;
    }
  };
}
