/** Services in memory, for tests of what carries them: one file to read, uploads that are kept, and calls that answer as told. */
import { contractCalls, type ContractCall, type ContractResult } from '../../contract/contract';
import { refusal } from '../../contract/carry-call';
import type { ServiceCalls, Services } from '../../contract/services';

export interface MemoryServices extends Services {
  /** Token and name of the one file there is. */
  readonly file: { readonly token: string; readonly name: string; readonly bytes: Uint8Array };
  readonly uploads: ReadonlyMap<string, Uint8Array>;
}

/** Uploads may be `uploadLimit` bytes; a call that `answers` has nothing for is refused. */
export function memoryServices(
  answers: Partial<Record<ContractCall, (request: unknown) => unknown>>,
  uploadLimit = 1_000_000,
): MemoryServices {
  const file = { token: 'data-token', name: 'a file.bin', bytes: Uint8Array.from({ length: 1000 }, (_, index) => index % 251) };
  const uploads = new Map<string, Uint8Array>();
  const answer = (call: ContractCall, request: unknown): Promise<ContractResult<unknown>> => {
    const work = answers[call];
    if (work === undefined) return Promise.resolve(refusal('test.unanswered', { call }));
    return Promise.resolve().then(() => ({ ok: true, value: work(request) }));
  };
  return {
    file,
    uploads,
    // Answers are deliberately of any type: what carries them has to check them.
    calls: Object.fromEntries(contractCalls.map((call) => [call, (request: unknown) => answer(call, request)])) as unknown as ServiceCalls,
    bytes: {
      openData: (token, name) =>
        Promise.resolve(
          token === file.token && name === file.name
            ? {
                size: file.bytes.length,
                read: async function* (start, end) {
                  for (let at = start; at < end; at += 64) yield file.bytes.slice(at, Math.min(at + 64, end));
                },
              }
            : null,
        ),
      receiveUpload: async (token, bytes) => {
        const pieces: Uint8Array[] = [];
        let size = 0;
        for await (const piece of bytes) {
          size += piece.length;
          if (size > uploadLimit) return refusal('upload.too-large');
          pieces.push(piece);
        }
        uploads.set(token, Buffer.concat(pieces));
        return { ok: true, value: null };
      },
    },
    giveFiles: (paths) => `given-${paths.join('-')}`,
    close: () => Promise.resolve(),
  };
}
