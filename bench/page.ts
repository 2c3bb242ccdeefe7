/** What runs beside the device, in a browser's page or worker or in Node: holds the engines and what they have prepared. */
import { workloadOf } from './workloads';
import type { Contestant, KernelTime, Prepared } from './contestants/contestant';
import type { ThreadHost } from '../compute/devices/cpu/threads';
import { hebbOnCpu, hebbOnWebGpu } from './contestants/hebb';
import { jax } from './contestants/jax';
import { tensorflow } from './contestants/tensorflow';

/** On the CPU: with so many threads, which are made by this. */
export interface CpuSurroundings {
  readonly host: ThreadHost;
  readonly threads: number;
}

const onWebGpu: Readonly<Record<string, () => Contestant>> = {
  hebb: hebbOnWebGpu,
  jax: () => jax('webgpu'),
  tensorflow: () => tensorflow('webgpu'),
};
const onCpu: Readonly<Record<string, (surroundings: CpuSurroundings) => Contestant>> = {
  hebb: ({ host, threads }) => hebbOnCpu(host, threads),
  jax: () => jax('wasm'),
  tensorflow: ({ threads }) => tensorflow('cpu', threads),
};
let cpu: CpuSurroundings | null = null;

/** From now on engines are opened on the CPU. */
export function computeOnCpu(surroundings: CpuSurroundings): void {
  cpu = surroundings;
}

const contestants = new Map<string, Contestant>();
const prepared = new Map<number, Prepared>();
let lastHandle = 0;

function preparedOf(handle: number): Prepared {
  const found = prepared.get(handle);
  if (found === undefined) throw new RangeError(`nothing was prepared as ${String(handle)}`);
  return found;
}

/** Plain data in and out, so that a page can be asked from outside. All reject with an Error of the engine's message. */
export const engines = {
  /** What the engine says of its device. */
  async open(name: string): Promise<string> {
    const contestant = cpu === null ? onWebGpu[name]?.() : onCpu[name]?.(cpu);
    if (contestant === undefined) throw new RangeError(`there is no engine ${name}`);
    const device = await contestant.open();
    contestants.set(name, contestant);
    return device;
  },
  /** A handle of the prepared work, and the milliseconds that it took to make it. */
  async prepare(name: string, workload: string): Promise<{ readonly handle: number; readonly milliseconds: number }> {
    const contestant = contestants.get(name);
    if (contestant === undefined) throw new RangeError(`${name} was not opened`);
    const started = performance.now();
    prepared.set(++lastHandle, await contestant.prepare(workloadOf(workload)));
    return { handle: lastHandle, milliseconds: performance.now() - started };
  },
  /** Milliseconds of so many runs, from the first call to the end of the device's work. */
  async run(handle: number, times: number): Promise<number> {
    const work = preparedOf(handle);
    const started = performance.now();
    await work.run(times);
    return performance.now() - started;
  },
  async losses(handle: number, steps: number): Promise<readonly number[]> {
    return (await preparedOf(handle).losses?.(steps)) ?? [];
  },
  async elements(handle: number, places: readonly number[]): Promise<readonly number[]> {
    return (await preparedOf(handle).elements?.(places)) ?? [];
  },
  async kernels(handle: number, tries: number): Promise<readonly KernelTime[]> {
    return (await preparedOf(handle).kernels?.(tries)) ?? [];
  },
  details: (handle: number): Readonly<Record<string, number>> => preparedOf(handle).details(),
  dispose(handle: number): void {
    preparedOf(handle).dispose();
    prepared.delete(handle);
  },
};

export type Engines = typeof engines;

// The name by which the process that opened the page finds it.
Object.assign(globalThis, { engines });
