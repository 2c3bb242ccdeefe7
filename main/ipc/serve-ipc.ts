/**
 * Carries the contract over Electron's IPC: one channel a call, each checked for who sent it. It knows no service by name.
 */
import type { IpcMain } from 'electron';
import { carryCall, refusal } from '../contract/carry-call';
import { contractCalls } from '../contract/contract';
import type { ServiceCalls } from '../contract/services';
import { isTrustedSender } from '../security/sender';
import { channelOf } from './channel';

/** @param trustedOrigin scheme and host of the page, such as `hebb://app` */
export function serveIpc(ipcMain: Pick<IpcMain, 'handle'>, calls: ServiceCalls, trustedOrigin: string): void {
  for (const call of contractCalls) {
    ipcMain.handle(channelOf(call), async (event, request: unknown) => {
      if (!isTrustedSender(event.senderFrame, trustedOrigin)) return refusal('contract.refused');
      return carryCall(calls, call, request);
    });
  }
}
