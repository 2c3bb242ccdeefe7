/**
 * The client of the training worker: typed calls with ids, events to subscribers, a crash as a problem. The only file
 * of the screen with postMessage; it knows nothing of stores or components.
 */
import { failure, success, type Outcome } from '../../compute/graph/problem';
import type { WorkerCall, WorkerCalls, WorkerEvent, WorkerMessage, WorkerRequest } from '../../compute/worker/protocol';

/** As much of a Worker as the client needs; tests bring their own. */
export interface WorkerPort {
  postMessage(message: WorkerRequest): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<WorkerMessage>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

export type EngineEvent = WorkerEvent;

export interface EngineClient {
  /** Answers once the worker has; a crash answers every open call with `engine.crashed`. Never rejects. */
  call<Call extends WorkerCall>(call: Call, request: WorkerCalls[Call]['request']): Promise<Outcome<WorkerCalls[Call]['response']>>;
  /** Returns how to stop listening. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
  /** Starts a new worker in place of one that crashed; open calls fail, nothing of its state survives. */
  restart(): void;
  dispose(): void;
}

type Answer = (outcome: Outcome<WorkerCalls[WorkerCall]['response']>) => void;

export function createEngineClient(open: () => WorkerPort): EngineClient {
  const pending = new Map<number, Answer>();
  const listeners = new Set<(event: EngineEvent) => void>();
  let nextId = 1;
  let port: WorkerPort | null = null;

  const emit = (event: EngineEvent) => {
    for (const listener of [...listeners]) listener(event);
  };

  const abandon = (code: string, message: string) => {
    const answers = [...pending.values()];
    pending.clear();
    for (const answer of answers) answer(failure(code, { message }));
  };

  const crash = (message: string) => {
    port?.terminate();
    port = null;
    const { problem } = failure('engine.crashed', { message });
    emit({ type: 'problem', problem });
    abandon('engine.crashed', message);
  };

  const receive = (message: WorkerMessage) => {
    if (message.type === 'event') {
      emit(message.event);
      return;
    }
    const answer = pending.get(message.id);
    pending.delete(message.id);
    answer?.(message.ok ? success(message.value) : message);
  };

  const connect = (): WorkerPort => {
    const opened = open();
    opened.onmessage = ({ data }) => {
      receive(data);
    };
    opened.onerror = (event) => {
      crash(event.message || 'the worker could not be loaded');
    };
    opened.onmessageerror = () => {
      crash('a message could not be read');
    };
    return opened;
  };

  return {
    call(call, request) {
      return new Promise((resolve) => {
        const id = nextId++;
        // The worker answers a call with that call's response: the protocol ties them by id, which types cannot follow.
        pending.set(id, resolve);
        try {
          port ??= connect();
          port.postMessage({ id, call, request });
        } catch (error) {
          pending.delete(id);
          resolve(failure('engine.unreachable', { message: error instanceof Error ? error.message : String(error) }));
        }
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    restart() {
      port?.terminate();
      port = null;
      abandon('engine.restarted', '');
    },
    dispose() {
      port?.terminate();
      port = null;
      abandon('engine.closed', '');
      listeners.clear();
    },
  };
}
