/** The names of IPC channels, the same on both sides. */
import type { ContractCall } from '../contract/contract';

export function channelOf(call: ContractCall): string {
  return `hebb:${call}`;
}

/** For the paths of files that a person gave to the window, from the preload script alone. */
export const givenFilesChannel = 'hebb:given-files';
