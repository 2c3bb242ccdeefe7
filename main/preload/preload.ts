/** One function a contract call on `window.hebb`, and nothing else. Runs sandboxed; it is bundled into a single file. */
import { contextBridge, ipcRenderer } from 'electron';
import { contractCalls } from '../contract/contract';
import { channelOf } from '../ipc/channel';

contextBridge.exposeInMainWorld(
  'hebb',
  Object.fromEntries(
    contractCalls.map((call) => [call, (request: unknown): Promise<unknown> => ipcRenderer.invoke(channelOf(call), request)]),
  ),
);
