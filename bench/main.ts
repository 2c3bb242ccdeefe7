/** `npm run bench`: opens the engines, measures what is asked for, keeps and prints the results. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, platform, release } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrowser, openBrowserCpu } from './browser';
import type { Entrant } from './entrant';
import { measure, type Effort, type Result } from './measure';
import { watchMemory } from './memory';
import { openNode, openNodeCpu } from './node';
import { openPyTorch, type Referee } from './pytorch';
import { lineOf, plainRate, readStore, storeKey, tablesOf, writeStore, writeTables, type BenchDevice, type Surroundings } from './results';
import type { EngineCalls, OpenEngines } from './engine-calls';
import { workloads, type Workload } from './workloads';

export interface Wish {
  readonly root: string;
  /** Workloads whose names begin so; none means all. */
  readonly names: readonly string[];
  readonly entrants: readonly string[];
  readonly inNode: boolean;
  readonly device: BenchDevice;
  /** Of PyTorch and, on the CPU, of all that can be told. */
  readonly threads: number;
  readonly software: boolean;
  readonly effort: Effort;
  /** Steps of the watch over memory; 0 leaves it out. */
  readonly memorySteps: number;
  /** Whether to list the kernels of Hebb instead, each with its time. */
  readonly kernels: boolean;
  readonly json: boolean;
  readonly write: boolean;
}

const versionOf = (root: string, name: string): string =>
  // Every package has this file, with a version in it.
  (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { readonly version: string }).version;

const engines = [
  {
    key: 'hebb',
    name: 'Hebb',
    version: (root: string) => (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }).version,
  },
  { key: 'tensorflow', name: 'TensorFlow.js', version: (root: string) => versionOf(root, '@tensorflow/tfjs-core') },
  { key: 'jax', name: 'jax-js', version: (root: string) => versionOf(root, '@jax-js/jax') },
] as const;

export const entrantKeys: readonly string[] = [...engines.map(({ key }) => key), 'pytorch', 'pytorch-cuda'];

/** An engine that is asked by calls, as an entrant. */
function entrantOf(call: EngineCalls, key: string, name: string, version: string): Entrant {
  return {
    name,
    version,
    async prepare(workload) {
      const { handle, milliseconds } = await call('prepare', key, workload.name);
      return {
        milliseconds,
        run: (times) => call('run', handle, times),
        losses: (steps) => call('losses', handle, steps),
        elements: (places) => call('elements', handle, places),
        details: () => call('details', handle),
        dispose: () => call('dispose', handle),
      };
    },
  };
}

/** What is named, and what begins with a name; all that is not on demand where nothing is named. */
const chosen = ({ names, device }: Wish): readonly Workload[] =>
  workloads.filter(({ kind, name, onDemand = false }) => {
    // A kernel of shader text, which the CPU has no other for.
    if (kind === 'multiply-add' && device === 'cpu') return false;
    return onDemand ? names.includes(name) : names.length === 0 || names.some((begin) => name.startsWith(begin));
  });

function openEngines({ root, device, threads, inNode, software }: Wish): Promise<OpenEngines> {
  if (device === 'cpu')
    return inNode ? openNodeCpu(threads, pathToFileURL(join(root, 'out/cli/thread.js'))) : openBrowserCpu(root, threads);
  return inNode ? openNode() : openBrowser(root, software);
}

/** Measures; what a person or a program reads goes to standard output, progress to standard error. */
export async function bench(wish: Wish): Promise<void> {
  const { root, json, effort } = wish;
  const say = (text: string): void => {
    if (!json) console.log(text);
  };
  const progress = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const opened = await openEngines(wish);
  const [processor] = cpus();
  const surroundings = (): Surroundings => ({
    where: opened.where,
    adapter: opened.adapter,
    processor: `${processor?.model.trim() ?? 'unknown processor'}, ${String(cpus().length)} cores`,
    system: `${platform()} ${release()}`,
    load: loadavg()[0] ?? NaN,
    date: new Date().toISOString().slice(0, 10),
  });
  const referee = await openPyTorch(wish.threads, 'cpu');
  let onGpu: Referee | null = null;
  try {
    const entrants: Entrant[] = [];
    for (const { key, name, version } of engines) {
      if (!wish.entrants.includes(key) || (wish.kernels && key !== 'hebb')) continue;
      try {
        await opened.call('open', key);
        entrants.push(entrantOf(opened.call, key, name, version(root)));
      } catch (error) {
        progress(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (wish.entrants.includes('pytorch')) entrants.push(referee);
    if (wish.entrants.includes('pytorch-cuda') && wish.device === 'webgpu' && !wish.software) {
      try {
        onGpu = await openPyTorch(wish.threads, 'cuda');
        entrants.push(onGpu);
      } catch (error) {
        progress(`PyTorch with CUDA is left out: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    say(`${opened.adapter} in ${opened.where}`);
    for (const workload of chosen(wish)) {
      if (wish.kernels) {
        await listKernels(opened.call, workload, effort.rounds, json);
        continue;
      }
      const results = await resultsOf(workload, entrants, referee, effort, progress);
      const measured = { surroundings: surroundings(), results };
      if (json) for (const result of results) console.log(JSON.stringify({ event: 'result', ...measured.surroundings, ...result }));
      const store = readStore(root);
      if (!json) say([workload.title, ...results.map((result) => lineOf(workload, result, plainRate(store, measured, wish)))].join('\n'));
      writeStore(root, { ...store, workloads: { ...store.workloads, [storeKey(workload, wish)]: measured } });
    }
    if (wish.memorySteps > 0) {
      if (opened.page === null) throw new Error('memory is watched in the browser, not in Node');
      const memory = await watchMemory(opened.call, opened.page, wish.memorySteps, surroundings(), progress);
      if (json) console.log(JSON.stringify({ event: 'memory', ...memory }));
      writeStore(root, { ...readStore(root), memory });
      if (memory.made > 0) throw new Error(`${String(memory.made)} buffers, bind groups or pipelines were made after the first step`);
    }
  } finally {
    referee.close();
    onGpu?.close();
    await opened.close();
  }
  if (wish.write) {
    await writeTables(root, readStore(root), wish.device);
    say('docs/benchmarks.md holds the tables of all that was measured here.');
  } else if (!json && wish.memorySteps > 0) say(tablesOf({ ...readStore(root), workloads: {} }, 'webgpu'));
}

async function listKernels(call: EngineCalls, workload: Workload, tries: number, json: boolean): Promise<void> {
  const { handle } = await call('prepare', 'hebb', workload.name);
  const kernels = await call('kernels', handle, tries);
  await call('dispose', handle);
  if (!json) console.log(`${workload.title}: ${String(kernels.length)} kernels`);
  for (const { name, variant, milliseconds } of kernels) {
    if (json) console.log(JSON.stringify({ event: 'kernel', workload: workload.name, name, variant, milliseconds }));
    else console.log(`${milliseconds.toFixed(3).padStart(10)} ms  ${name} (${variant})`);
  }
}

async function resultsOf(
  workload: Workload,
  entrants: readonly Entrant[],
  referee: Referee,
  effort: Effort,
  progress: (text: string) => void,
): Promise<readonly Result[]> {
  if (workload.kind !== 'training') {
    const own = workload.kind === 'multiply-add' ? ['Hebb'] : ['Hebb', 'jax-js', 'TensorFlow.js'];
    const all = workload.kind === 'product' || workload.kind === 'convolution';
    return measure(workload, all ? entrants : entrants.filter(({ name }) => own.includes(name)), [], effort, progress);
  }
  return measure(workload, entrants, await referee.judge(workload), effort, progress);
}
