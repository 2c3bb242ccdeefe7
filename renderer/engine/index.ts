/** The training worker as the rest of the screen sees it: one client for the window. */
import { createEngineClient, type EngineClient } from './engine-client';

export type { EngineClient } from './engine-client';

let client: EngineClient | null = null;

/** The window's engine; the worker starts with the first call. */
export function useEngine(): EngineClient {
  client ??= createEngineClient(
    () => new Worker(new URL('../../compute/worker/entry.ts', import.meta.url), { type: 'module', name: 'hebb-engine' }),
  );
  return client;
}
