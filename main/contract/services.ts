/**
 * What a shell needs of the services behind the contract: main/services makes it (`createServices`), main/ipc and
 * main/http carry it. It knows neither Electron nor HTTP, and no path ever leaves it.
 */
import type { ContractCall, ContractRequest, ContractResponse, ContractResult } from './contract';

/** The request was parsed already; a service answers with an error value for what it can foresee and throws only for bugs. */
export type ServiceCalls = {
  readonly [Call in ContractCall]: (request: ContractRequest<Call>) => Promise<ContractResult<ContractResponse<Call>>>;
};

/** A file that was handed out under an opaque token. */
export interface DataFile {
  /** Bytes in all. */
  readonly size: number;
  /** The bytes from `start` (inclusive) to `end` (exclusive), as they are read from disk. */
  readonly read: (start: number, end: number) => AsyncIterable<Uint8Array>;
}

export interface ByteServices {
  /** Null where the token or the name was never handed out, or is no longer valid. */
  readonly openData: (token: string, name: string) => Promise<DataFile | null>;
  /** Takes the bytes of an upload that was begun; refuses more bytes than were announced. */
  readonly receiveUpload: (token: string, bytes: AsyncIterable<Uint8Array>) => Promise<ContractResult<null>>;
}

export interface Services {
  readonly calls: ServiceCalls;
  readonly bytes: ByteServices;
  /** A token for absolute paths that a person gave to the window; the desktop shell alone learns of any. */
  readonly giveFiles: (paths: readonly string[]) => string;
  /** Finishes writes in flight and gives up locks. */
  readonly close: () => Promise<void>;
}
