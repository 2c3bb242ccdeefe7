import { describe, expect, it, vi } from 'vitest';
import type { WorkerMessage, WorkerRequest } from '../../compute/worker/protocol';
import { createEngineClient, type WorkerPort } from './engine-client';

function openFake() {
  const sent: WorkerRequest[] = [];
  const ports: WorkerPort[] = [];
  const client = createEngineClient(() => {
    const port: WorkerPort = {
      postMessage: (message) => sent.push(message),
      terminate: vi.fn(),
      onmessage: null,
      onerror: null,
      onmessageerror: null,
    };
    ports.push(port);
    return port;
  });
  const deliver = (message: WorkerMessage) => ports.at(-1)?.onmessage?.(new MessageEvent('message', { data: message }));
  return { client, sent, ports, deliver };
}

const position = { epoch: 0, epochs: 5, stepInEpoch: 3, stepsPerEpoch: 10, step: 3 };

describe('the engine client', () => {
  it('answers calls by id, in whatever order the worker does', async () => {
    const { client, sent, deliver } = openFake();
    const first = client.call('pause', null);
    const second = client.call('train', null);
    expect(sent.map(({ call }) => call)).toEqual(['pause', 'train']);
    deliver({ type: 'response', id: sent[1]?.id ?? 0, ok: true, value: null });
    deliver({ type: 'response', id: sent[0]?.id ?? 0, ok: true, value: position });
    expect(await second).toEqual({ ok: true, value: null });
    expect(await first).toEqual({ ok: true, value: position });
  });

  it('gives a refusal as a problem', async () => {
    const { client, sent, deliver } = openFake();
    const answer = client.call('train', null);
    const problem = { code: 'training.not-configured', values: {}, severity: 'error' as const };
    deliver({ type: 'response', id: sent[0]?.id ?? 0, ok: false, problem });
    expect(await answer).toMatchObject({ ok: false, problem });
  });

  it('hands events to subscribers until they leave', async () => {
    const { client, sent, deliver } = openFake();
    const listener = vi.fn();
    const leave = client.subscribe(listener);
    void client.call('train', null);
    deliver({ type: 'event', event: { type: 'status', status: 'running', position } });
    leave();
    deliver({ type: 'event', event: { type: 'status', status: 'paused', position } });
    expect(listener).toHaveBeenCalledTimes(1);
    deliver({ type: 'response', id: sent[0]?.id ?? 0, ok: true, value: null });
  });

  it('turns a crash into a problem, fails open calls and opens a new worker for the next', async () => {
    const { client, ports } = openFake();
    const listener = vi.fn();
    client.subscribe(listener);
    const answer = client.call('train', null);
    ports[0]?.onerror?.(new ErrorEvent('error', { message: 'out of memory' }));
    expect(await answer).toMatchObject({ ok: false, problem: { code: 'engine.crashed', values: { message: 'out of memory' } } });
    expect(listener).toHaveBeenCalledWith({ type: 'problem', problem: expect.objectContaining({ code: 'engine.crashed' }) as unknown });
    expect(ports[0]?.terminate).toHaveBeenCalled();
    void client.call('train', null);
    expect(ports.length).toBe(2);
  });

  it('answers when no worker can be opened', async () => {
    const client = createEngineClient(() => {
      throw new Error('blocked');
    });
    expect(await client.call('train', null)).toMatchObject({
      ok: false,
      problem: { code: 'engine.unreachable', values: { message: 'blocked' } },
    });
  });
});
