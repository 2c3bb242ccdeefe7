/** Threads for tests, which run without a build: their entry is put together in memory. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { ThreadHost } from '../../../compute/devices/cpu/threads';
import { nodeThreads } from '../threads';

async function entryText(): Promise<string> {
  const built = await build({
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: { ssr: 'main/cli/thread.ts', write: false, minify: false, target: 'node20' },
  });
  const chunks = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
  const [chunk] = chunks.flatMap((output) => (output.type === 'chunk' ? [output.code] : []));
  if (chunk === undefined) throw new Error('the entry of the threads was not built');
  return chunk;
}

let host: Promise<ThreadHost> | null = null;

/** Node's threads; the entry is built the first time. */
export const threadsForTests = (): Promise<ThreadHost> =>
  (host ??= entryText().then((text) => nodeThreads(new URL(`data:text/javascript,${encodeURIComponent(text)}`))));
