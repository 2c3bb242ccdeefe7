import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import { describe, expect, it } from 'vitest';
import { contractCalls } from '../contract/contract';
import { memoryServices } from '../http/testing/memory-services';
import { channelOf, givenFilesChannel } from './channel';
import { serveGivenFiles } from './serve-given-files';
import { serveIpc } from './serve-ipc';

type Handler = (event: IpcMainInvokeEvent, request: unknown) => unknown;

const page = { url: 'hebb://app/', parent: null };

function served(answers: Parameters<typeof memoryServices>[0]) {
  const handlers = new Map<string, Handler>();
  const ipcMain: Pick<IpcMain, 'handle'> = { handle: (channel, handler) => void handlers.set(channel, handler) };
  const services = memoryServices(answers);
  const ipc = serveIpc(ipcMain, services.calls, 'hebb://app');
  serveGivenFiles(ipcMain, services, 'hebb://app');
  const send = async (channel: string, request: unknown, senderFrame: unknown = page): Promise<unknown> =>
    // Of the event, only the frame is looked at.
    handlers.get(channel)?.({ senderFrame } as unknown as IpcMainInvokeEvent, request);
  return { handlers, ipc, send };
}

const settings = { theme: 'dark' };

describe('the contract over IPC', () => {
  it('has one channel a call, one for given files, and no other', () => {
    expect([...served({}).handlers.keys()].toSorted()).toEqual([...contractCalls.map(channelOf), givenFilesChannel].toSorted());
  });

  it('answers the page', async () => {
    const { send } = served({ 'settings.read': () => settings });
    expect(await send('hebb:settings.read', null)).toEqual({ ok: true, value: settings });
  });

  it('asks no service when somebody else sends', async () => {
    let asked = 0;
    const { send } = served({ 'settings.read': () => (asked += 1) });
    for (const frame of [
      null,
      { url: 'hebb://app/', parent: {} },
      { url: 'https://evil.example/', parent: null },
      { url: '', parent: null },
    ]) {
      expect(await send('hebb:settings.read', null, frame)).toMatchObject({ ok: false, error: { code: 'contract.refused' } });
    }
    expect(asked).toBe(0);
  });

  it('checks what comes in and what goes out', async () => {
    const { send } = served({ 'settings.read': () => 5 });
    expect(await send('hebb:settings.read', { surplus: true })).toMatchObject({ ok: false, error: { code: 'contract.invalid-request' } });
    expect(await send('hebb:settings.read', null)).toMatchObject({ ok: false, error: { code: 'contract.invalid-response' } });
  });

  it('takes paths of given files from the page alone, and only whole ones', async () => {
    const { send } = served({});
    expect(await send(givenFilesChannel, ['/a', '/b'])).toEqual({ ok: true, value: 'given-/a-/b' });
    expect(await send(givenFilesChannel, ['/a'], { url: 'https://evil.example/', parent: null })).toMatchObject({
      error: { code: 'contract.refused' },
    });
    for (const request of [[], ['a'], ['../a'], [''], [1], '/a', null, { 0: '/a', length: 1 }, [`/${'x'.repeat(5000)}`]])
      expect(await send(givenFilesChannel, request)).toMatchObject({ ok: false, error: { code: 'contract.invalid-request' } });
  });

  it('is idle only when every answer has been given', async () => {
    let finish: (value: unknown) => void = () => undefined;
    const work = new Promise((resolve) => (finish = resolve));
    const events: string[] = [];
    const { send, ipc } = served({ 'settings.read': () => work });
    const answer = send('hebb:settings.read', null).then(() => events.push('answered'));
    const idle = ipc.idle().then(() => events.push('idle'));
    finish(settings);
    await Promise.all([answer, idle]);
    expect(events.toSorted()).toEqual(['answered', 'idle']);
    expect(await Promise.race([ipc.idle().then(() => 'idle'), Promise.resolve().then(() => 'not yet')])).toBe('idle');
  });
});
