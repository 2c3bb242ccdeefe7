/**
 * The CPU device: programs as WebAssembly with vectors, on as many threads as share its memory. Runs are done when `run`
 * returns. Results are the same bytes for any number of threads.
 */
import { failure, success, type Outcome } from '../../graph/problem';
import type { Device, DeviceDescription, DeviceState } from '../device';
import { requireFullPrecision } from '../full-precision';
import type { CpuContext } from './context';
import { controlBytes } from './control';
import { compilePlan } from './executable';
import { findFeatures } from './features';
import { lowerForCpu } from './lower';
import { createMemory, PAGE_BYTES, type CpuMemory } from './memory';
import { createState, type CpuState } from './state';
import { assembleTeam, MAXIMUM_THREADS, type Team, type ThreadHost } from './threads';
import { createWorkspaces } from './workspaces';

export interface CpuOptions {
  /** What threads are made by; without it there is but the caller's. */
  readonly host?: ThreadHost | null;
  /** At least 1, by default what the host says; where memory cannot be shared, 1. */
  readonly threads?: number;
  /** Whether sums of products may be rounded once instead of twice where the machine can; by default they are. */
  readonly multiplyAdd?: boolean;
  /** The most memory to use, in pages of 65,536 bytes; by default all that WebAssembly can address. */
  readonly maximumPages?: number;
  /** Milliseconds in which a thread must have taken a task while others wait for it, or the device is lost. */
  readonly patience?: number;
}

/** Milliseconds in which new threads must listen. */
const START_DEADLINE = 10_000;
/** No task takes nearly so long; a thread that was killed is missed after this. */
const PATIENCE = 30_000;

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

interface Ground {
  readonly memory: CpuMemory;
  readonly control: number;
  readonly team: Team | null;
}

const withMemory = (threads: number, shared: boolean, pages: number | undefined): Omit<Ground, 'team'> => {
  const memory = createMemory(shared, pages);
  const [control = 0] = memory.allocate('threads', [controlBytes(threads)], true);
  return { memory, control };
};

/** With all the threads or, where they do not come, with one. */
async function prepare(threads: number, host: ThreadHost | null, pages: number | undefined): Promise<Ground> {
  if (threads > 1 && host !== null) {
    const ground = withMemory(threads, true, pages);
    const team = await assembleTeam(host, threads, ground.memory, ground.control, START_DEADLINE);
    if (team !== null) return { ...ground, team };
  }
  return { ...withMemory(1, false, pages), team: null };
}

/** Problems: `device.no-vectors` (WebAssembly without SIMD), `device.refused` (with the reason). */
export async function openCpuDevice(options: CpuOptions = {}): Promise<Outcome<Device>> {
  const { host = null, maximumPages, patience = PATIENCE } = options;
  const features = findFeatures();
  if (!features.vectors) return failure('device.no-vectors');
  const multiplyAdd = features.multiplyAdd && options.multiplyAdd !== false;
  const wanted = Math.max(1, Math.min(MAXIMUM_THREADS, Math.floor(options.threads ?? host?.threads ?? 1)));
  let ground: Ground;
  try {
    ground = await prepare(features.threads && host?.shared === true ? wanted : 1, host, maximumPages);
  } catch (error) {
    return failure('device.refused', { reason: error instanceof Error ? error.message : String(error) });
  }
  const { memory, team, control } = ground;
  const threads = team?.threads ?? 1;

  type Loss = Awaited<Device['lost']>;
  let loss: Loss | null = null;
  let report: (loss: Loss) => void = () => undefined;
  const lost = new Promise<Loss>((resolve) => {
    report = resolve;
  });
  const end = (reason: Loss['reason'], message: string): void => {
    if (loss !== null) return;
    loss = { reason, message };
    team?.end();
    report(loss);
  };
  void team?.lost.then((message) => {
    end('lost', message);
  });
  const throwIfLost = (): void => {
    if (loss !== null) throw new Error(`the CPU device is gone: ${loss.message}`);
  };
  const counters = { buffers: 0, bindGroups: 0, pipelines: 0 };
  const context: CpuContext = {
    memory,
    workspaces: createWorkspaces(memory, () => counters.buffers++),
    team,
    threads,
    control,
    patience,
    counters,
    yield: host?.yield ?? turn,
    lose: (message) => {
      end('lost', message);
    },
    throwIfLost,
  };
  const states = new WeakMap<DeviceState, CpuState>();
  const description: DeviceDescription = {
    kind: 'cpu',
    name: host?.processor ?? 'CPU',
    threads,
    software: false,
    backend: 'WebAssembly',
    // All of it but a little for the threads.
    maximumBufferBytes: memory.maximumBytes - PAGE_BYTES,
  };
  return success({
    description,
    lost,
    counters,
    createState(arenas) {
      throwIfLost();
      const state = createState(context, arenas);
      states.set(state, state);
      return state;
    },
    async compile(program, given) {
      throwIfLost();
      const mine = given.flatMap((state) => states.get(state) ?? []);
      if (mine.length !== given.length) throw new TypeError('a state of another device was given');
      requireFullPrecision(program, description.name);
      return compilePlan(context, program, lowerForCpu(program, { features: { multiplyAdd } }), mine);
    },
    async finish() {
      await context.yield();
      throwIfLost();
    },
    dispose() {
      end('disposed', 'The CPU device was closed.');
    },
  });
}
