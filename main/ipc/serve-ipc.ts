/**
 * Carries the contract over Electron's IPC: one channel a call, each checked for who sent it. It knows no service by name.
 */
import type { IpcMain } from 'electron';
import { carryCall, refusal } from '../contract/carry-call';
import { contractCalls } from '../contract/contract';
import type { ServiceCalls } from '../contract/services';
import { isTrustedSender } from '../security/sender';
import { channelOf } from './channel';

export interface ServedIpc {
  /** Resolves when no call is being answered any more: the page's last words count, too. */
  readonly idle: () => Promise<void>;
}

/** @param trustedOrigin scheme and host of the page, such as `hebb://app` */
export function serveIpc(ipcMain: Pick<IpcMain, 'handle'>, calls: ServiceCalls, trustedOrigin: string): ServedIpc {
  const pending = new Set<Promise<unknown>>();
  for (const call of contractCalls) {
    ipcMain.handle(channelOf(call), async (event, request: unknown) => {
      if (!isTrustedSender(event.senderFrame, trustedOrigin)) return refusal('contract.refused');
      const answer = carryCall(calls, call, request);
      pending.add(answer);
      try {
        return await answer;
      } finally {
        pending.delete(answer);
      }
    });
  }
  return {
    idle: async () => {
      while (pending.size > 0) await Promise.allSettled(pending);
    },
  };
}
