/** What the page has of the desktop shell, on `window.hebb`: one function a call, and one that gives files. Runs sandboxed; it is bundled into a single file. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { contractCalls } from '../contract/contract';
import { channelOf, givenFilesChannel } from '../ipc/channel';
import { pathsOf } from './given-paths';

/**
 * Paths never reach the page, and only those of real files reach main: what the page hands over is asked with the accessors of
 * this world, which the page can neither change nor imitate.
 */
async function giveFiles(files: readonly unknown[]): Promise<unknown> {
  const paths = pathsOf(
    Array.from(files, (file) =>
      file instanceof File ? { path: webUtils.getPathForFile(file), relative: file.webkitRelativePath } : { path: '', relative: '' },
    ),
  );
  return paths === null ? { ok: true, value: null } : await ipcRenderer.invoke(givenFilesChannel, paths);
}

contextBridge.exposeInMainWorld('hebb', {
  ...Object.fromEntries(
    contractCalls.map((call) => [call, (request: unknown): Promise<unknown> => ipcRenderer.invoke(channelOf(call), request)]),
  ),
  giveFiles,
});
