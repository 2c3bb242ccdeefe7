/** Opens the engines in this process of Node: on the WebGPU of Dawn that the command line uses, or on the CPU. */
import { createRequire } from 'node:module';
import { openNodeGpu } from '../main/cli/gpu';
import { describeAdapter } from '../compute/devices/webgpu/adapter';
import { nodeThreads } from '../main/cli/threads';
import { adapterText, type EngineCalls, type OpenEngines } from './engine-calls';
import type { Engines } from './page';

/** The engines on as many threads; those of Hebb run `thread`, which the build of the command line makes. */
export async function openNodeCpu(threads: number, thread: URL): Promise<OpenEngines> {
  // The peers are made for browsers and look for these.
  Object.assign(globalThis, { self: globalThis, WorkerGlobalScope: Object, require: createRequire(import.meta.url) });
  const { computeOnCpu, engines } = await import('./page');
  computeOnCpu({ host: nodeThreads(thread), threads });
  return {
    call: callsOf(engines),
    where: `Node ${process.versions.node}`,
    adapter: adapterText(threads),
    page: null,
    close: () => Promise.resolve(),
  };
}

const callsOf =
  (engines: Engines): EngineCalls =>
  async (name, ...given) => {
    // One table of functions, each of which takes what its name says.
    const asked = engines[name] as (...all: readonly unknown[]) => never;
    return await Promise.resolve(asked(...given));
  };

export async function openNode(): Promise<OpenEngines> {
  const found = await openNodeGpu();
  const adapter = await found?.gpu.requestAdapter();
  if (!found || !adapter) throw new Error('there is no WebGPU adapter in Node here');
  // The peers are made for browsers and look for these.
  const globals = await import('webgpu').then(({ globals: names }) => names);
  Object.assign(globalThis, globals, { self: globalThis, WorkerGlobalScope: Object, require: createRequire(import.meta.url) });
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: found.gpu, userAgent: 'Node' }, configurable: true });
  const { engines } = await import('./page');
  return {
    call: callsOf(engines),
    where: `Node ${process.versions.node}, Dawn`,
    adapter: describeAdapter(adapter).name,
    page: null,
    close: () => Promise.resolve(),
  };
}
