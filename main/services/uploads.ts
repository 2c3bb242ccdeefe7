/** Bytes on their way in: each upload is begun with a bound, received once, and then taken by the call that wanted it. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { temporaryPath, writeNewFile } from '../storage/atomic';
import { createTokenTable, type Context } from './context';
import { ServiceError } from './service-error';

/** Bytes; what one upload may hold. */
export const largestUpload = 4 * 1024 ** 3;

export interface ReceivedUpload {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export interface UploadPlan {
  readonly name: string;
  /** Bytes; if `exact`, fewer are an error too. */
  readonly size: number;
  readonly exact: boolean;
  /** Where the bytes go, in a folder that is there; by default into the upload area. */
  readonly path?: string;
}

export interface Uploads {
  begin(plan: UploadPlan): string;
  url(token: string): string;
  receive(token: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** What was received whole, or upload.missing. */
  get(token: string): ReceivedUpload;
  /** Forgets the upload and removes its file, if it is in the upload area. */
  discard(token: string): Promise<void>;
  /** Removes what was received and never taken. */
  close(): Promise<void>;
}

export const uploadArea = (context: Context): string => join(context.places.cache, 'uploads');

export function createUploads(context: Context): Uploads {
  const { fileSystem } = context;
  const table = createTokenTable<{
    readonly plan: UploadPlan;
    readonly path: string;
    state: 'waiting' | 'receiving' | 'received';
    received: ReceivedUpload | null;
  }>();
  const begun = new Set<string>();
  const discard = async (token: string): Promise<void> => {
    const upload = table.find(token);
    table.forget(token);
    begun.delete(token);
    if (upload?.received && upload.plan.path === undefined) await fileSystem.removeFile(upload.path).catch(() => undefined);
  };
  return {
    discard,
    close: async () => {
      for (const token of [...begun]) await discard(token);
    },
    begin: (plan) => {
      if (plan.size > largestUpload) throw new ServiceError('upload.too-long', { maximum: largestUpload, name: plan.name });
      const path = plan.path ?? temporaryPath(join(uploadArea(context), 'upload'));
      const token = table.issue({ plan, path, state: 'waiting', received: null });
      begun.add(token);
      return token;
    },
    url: (token) => `/upload/${token}`,
    receive: async (token, bytes) => {
      const upload = table.find(token);
      if (upload?.state !== 'waiting') throw new ServiceError('upload.unknown');
      const { plan, path } = upload;
      upload.state = 'receiving';
      try {
        const hash = createHash('sha256');
        await fileSystem.createFolder(dirname(path));
        const size = await writeNewFile(fileSystem, path, bytes, { maximum: plan.size, watch: (piece) => void hash.update(piece) });
        if (plan.exact && size < plan.size) {
          await fileSystem.removeFile(path);
          throw new ServiceError('upload.incomplete', { name: plan.name, expected: plan.size, actual: size });
        }
        upload.received = { name: plan.name, path, size, sha256: hash.digest('hex') };
        upload.state = 'received';
      } finally {
        // It may be sent again after a failure.
        if (upload.received === null) upload.state = 'waiting';
      }
    },
    get: (token) => {
      const received = table.find(token)?.received ?? null;
      if (received === null) throw new ServiceError('upload.missing');
      return received;
    },
  };
}
