/** A compiled program: its intermediates, its module and what runs it. A run is done when `run` returns. */
import type { Program } from '../../plan/program';
import type { Executable, KernelStatistics } from '../device';
import { REGION_ALIGNMENT } from './allocator';
import type { CpuContext } from './context';
import { writeDriver, type Driver } from './driver';
import type { CpuKernel, CpuPlan } from './kernel';
import type { CpuState } from './state';
import { instantiateDriver } from './thread';

/** Programs are told apart by number, whichever device they belong to. */
let programs = 0;

const statisticsOf = ({ name, variant, stages, work }: CpuKernel): KernelStatistics => ({
  name,
  variant,
  workgroups: stages.reduce((sum, { tasks }) => sum + tasks, 0),
  stages: stages.length,
  ...work,
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Allocates what the plan needs, writes its module and compiles it. Rejects with `device.out-of-memory` or the compiler's message. */
export async function compilePlan(context: CpuContext, program: Program, plan: CpuPlan, states: readonly CpuState[]): Promise<Executable> {
  const started = performance.now();
  const { memory, team, threads, control, patience, counters } = context;
  const arenas = new Map<string, number>();
  for (const { places } of states) {
    for (const [name, { address }] of places) {
      if (arenas.has(name)) throw new RangeError(`two states have an arena ${name}`);
      arenas.set(name, address);
    }
  }
  const scratchStride = Math.ceil(plan.threadScratch / REGION_ALIGNMENT + 1) * REGION_ALIGNMENT;
  const what = `the intermediate results of ${program.name}`;
  const workspace = context.workspaces.take(what, [scratchStride * threads, ...plan.workspaces]);
  const [scratch = 0, ...intermediates] = workspace.addresses;
  let live = true;
  const known = (address: number | undefined, name: string): number => {
    if (address === undefined) throw new RangeError(`${program.name} uses ${name}, which does not exist`);
    return address;
  };
  const number = ++programs;
  let driver: Driver;
  let kernels: readonly CpuKernel[];
  try {
    kernels = plan.kernels({
      arena: (name) => known(arenas.get(name), name),
      workspace: (place) => known(intermediates[place], `intermediate ${String(place)}`),
    });
    const stages = kernels.flatMap((kernel) => kernel.stages);
    const module = await WebAssembly.compile(writeDriver(stages, { threads, control, scratch, scratchStride, patience }));
    driver = instantiateDriver(module, memory.memory);
    team?.send({ type: 'load', program: number, module });
  } catch (error) {
    workspace.release();
    throw error;
  }
  counters.pipelines++;

  /** Does something in which all threads take part. */
  function together(times: number, work: () => number): void {
    context.throwIfLost();
    if (!live || states.some(({ disposed }) => disposed)) throw new RangeError(`${program.name} or a state of it was disposed of`);
    team?.send({ type: 'run', program: number, times });
    let failed: number;
    try {
      failed = work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.lose(`${program.name} ended with ${message}`);
      throw error;
    }
    if (failed !== 0) context.lose(`a thread stopped in ${program.name}`);
    context.throwIfLost();
  }

  return {
    program,
    statistics: {
      dispatches: kernels.length,
      workspaceBytes: sum(plan.workspaces),
      variants: kernels.map(({ variant }) => variant),
      compileMilliseconds: performance.now() - started,
      kernels: kernels.map(statisticsOf),
    },
    run(times = 1) {
      if (times > 0) together(times, () => driver.run(0, times));
    },
    async profile(runs) {
      const milliseconds = kernels.map(() => 0);
      const once = (counts: boolean): number => {
        let stage = 0;
        for (const [place, { stages }] of kernels.entries()) {
          const begun = performance.now();
          for (let left = stages.length; left > 0; left--) {
            if (driver.stage(stage++) !== 0) return 1;
          }
          if (counts) milliseconds[place] = (milliseconds[place] ?? 0) + (performance.now() - begun) / runs;
        }
        return 0;
      };
      // The first run is not counted: it warms the caches.
      for (let run = 0; run <= runs; run++) {
        together(1, () => once(run > 0));
        await context.yield();
      }
      return { clock: 'host', milliseconds };
    },
    dispose() {
      if (!live) return;
      live = false;
      team?.send({ type: 'unload', program: number });
      workspace.release();
    },
  };
}
