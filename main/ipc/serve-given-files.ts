/** Takes the paths of files that a person gave to the window, and answers with a token for all of them. */
import { isAbsolute } from 'node:path';
import type { IpcMain } from 'electron';
import * as v from 'valibot';
import { refusal } from '../contract/carry-call';
import { mostGivenFiles, type ContractResult } from '../contract/contract';
import type { Services } from '../contract/services';
import { isTrustedSender } from '../security/sender';
import { givenFilesChannel } from './channel';

const paths = v.pipe(v.array(v.pipe(v.string(), v.maxLength(4096), v.check(isAbsolute))), v.minLength(1), v.maxLength(mostGivenFiles));

/** @param trustedOrigin scheme and host of the page, such as `hebb://app` */
export function serveGivenFiles(ipcMain: Pick<IpcMain, 'handle'>, { giveFiles }: Pick<Services, 'giveFiles'>, trustedOrigin: string): void {
  ipcMain.handle(givenFilesChannel, (event, request: unknown): ContractResult<string> => {
    if (!isTrustedSender(event.senderFrame, trustedOrigin)) return refusal('contract.refused');
    const parsed = v.safeParse(paths, request);
    return parsed.success ? { ok: true, value: giveFiles(parsed.output) } : refusal('contract.invalid-request', { call: 'giveFiles' });
  });
}
