/** The name of a call's IPC channel, the same on both sides. */
import type { ContractCall } from '../contract/contract';

export function channelOf(call: ContractCall): string {
  return `hebb:${call}`;
}
