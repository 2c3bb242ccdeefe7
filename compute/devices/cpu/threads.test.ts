/** Threads of a CPU device: every task is done once and all of a stage before the next, however many threads there are; none hangs. */
import { afterEach, describe, expect, it } from 'vitest';
import { threadsForTests } from '../../../main/cli/testing/threads';
import type { Executable } from '../device';
import { i32, memory as load, type Int } from './assembly/expression';
import type { CpuContext } from './context';
import { controlBytes } from './control';
import { sectionsOf } from './driver';
import { compilePlan } from './executable';
import type { CpuPlan, Stage } from './kernel';
import { createMemory } from './memory';
import { assembleTeam, type Thread, type ThreadHost } from './threads';
import { createWorkspaces } from './workspaces';

const host = await threadsForTests();
const open: { end(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.end();
});

async function contextFor(
  threads: number,
  given: ThreadHost = host,
  patience = 30_000,
): Promise<CpuContext & { readonly losses: string[] }> {
  const memory = createMemory(threads > 1, 1000);
  const [control = 0] = memory.allocate('threads', [controlBytes(threads)], true);
  const team = threads === 1 ? null : await assembleTeam(given, threads, memory, control, 10_000);
  if (threads > 1) expect(team).not.toBeNull();
  if (team !== null) open.push(team);
  const losses: string[] = [];
  return {
    memory,
    workspaces: createWorkspaces(memory, () => undefined),
    team,
    threads,
    control,
    patience,
    counters: { buffers: 0, bindGroups: 0, pipelines: 0 },
    yield: host.yield,
    lose: (message) => void losses.push(message),
    throwIfLost: () => {
      if (losses.length > 0) throw new Error(`lost: ${losses.join()}`);
    },
    losses,
  };
}

const compile = (context: CpuContext, plan: CpuPlan): Promise<Executable> => compilePlan(context, { name: 'test', phases: [] }, plan, []);
const work = { flops: 0, bytesRead: 0, bytesWritten: 0 };

const taskCounts = [1, 1, 5, 64, 1, 3, 1, 1, 1000, 2, 7];
const total = taskCounts.reduce((sum, count) => sum + count, 0);

/**
 * Each task writes 1 more than a task of the stage before it wrote, of the last stage for the first, and counts how often it was
 * done. Numbers in the thread's own memory are checked not to be another's: a task leaves its number there and finds it again.
 */
function chainedPlan(found: (values: number, counts: number) => void): CpuPlan {
  return {
    workspaces: [total * 4, total * 4, 4],
    threadScratch: 4,
    kernels: ({ workspace }) => {
      const [values, counts] = [workspace(0), workspace(1)];
      found(values, counts);
      const begins = taskCounts.map((_, stage) => taskCounts.slice(0, stage).reduce((sum, count) => sum + count, 0));
      const stages = taskCounts.map((tasks, number): Stage => {
        const before = (number + taskCounts.length - 1) % taskCounts.length;
        const at = (base: number, element: Int): Int => i32.add(i32.constant(base), i32.mul(element, i32.constant(4)));
        return {
          name: `stage ${String(number)}`,
          tasks,
          write(writer, task, scratch) {
            writer.storeI32(scratch, task);
            const own = writer.keep(i32.add(i32.constant(begins[number] ?? 0), load.i32(scratch)));
            const other = i32.remU(i32.add(i32.mul(task, i32.constant(7)), i32.constant(3)), i32.constant(taskCounts[before] ?? 1));
            const source = i32.add(i32.constant(begins[before] ?? 0), other);
            writer.storeI32(at(values, own), i32.add(load.i32(at(values, source)), i32.constant(1)));
            writer.storeI32(at(counts, own), i32.add(load.i32(at(counts, own)), i32.constant(1)));
          },
        };
      });
      return [
        { name: 'a', variant: '', stages: stages.slice(0, 4), work },
        { name: 'b', variant: '', stages: stages.slice(4), work },
      ];
    },
  };
}

describe.each([1, 2, 4])('%i threads', (threads) => {
  it('do every task once, stage after stage, over thousands of runs', async () => {
    const context = await contextFor(threads);
    let places = { values: 0, counts: 0 };
    const executable = await compile(
      context,
      chainedPlan((values, counts) => {
        places = { values, counts };
      }),
    );
    // Few of them with more threads than cores, where every meeting sleeps.
    const runs = threads <= host.threads ? 2000 : 200;
    context.memory.words(places.values, 2 * total + 64).fill(0);
    context.memory.words(places.counts, total).fill(0);
    for (let done = 0; done < runs; done += 100) {
      executable.run(99);
      executable.run();
    }
    const before = runs * taskCounts.length;
    const expected = taskCounts.flatMap((tasks, stage) => new Array<number>(tasks).fill(before - taskCounts.length + stage + 1));
    expect([...context.memory.words(places.values, total)]).toEqual(expected);
    expect(context.memory.words(places.counts, total).every((count) => count === runs)).toBe(true);
    // Measuring runs them too: once to warm up, and three times.
    const profile = await executable.profile(3);
    expect(profile?.milliseconds).toHaveLength(2);
    expect(profile?.milliseconds.every((milliseconds) => milliseconds > 0)).toBe(true);
    expect([...context.memory.words(places.values, total)]).toEqual(expected.map((value) => value + 4 * taskCounts.length));
    executable.run(5);
    expect(context.memory.words(places.counts, total).every((count) => count === runs + 9)).toBe(true);
    expect(executable.statistics.kernels.map(({ workgroups }) => workgroups)).toEqual([71, total - 71]);
    expect(context.losses).toEqual([]);
  });
});

describe('a thread that is lost', () => {
  /** A stage that traps in the given task. */
  const trapping = (task: number): CpuPlan => ({
    workspaces: [],
    threadScratch: 0,
    kernels: () => [
      {
        name: 'trap',
        variant: '',
        work,
        stages: [
          {
            name: 'trap',
            tasks: 64,
            write(writer, number) {
              writer.if(i32.eq(number, i32.constant(task)), () => {
                writer.discard(load.i32(i32.constant(0xffff_fff0)));
              });
            },
          },
        ],
      },
    ],
  });

  it.each([
    ['its own', 0],
    ['another', 63],
  ])('does not leave the rest waiting when %s fails', async (_whose, task) => {
    const context = await contextFor(2);
    const executable = await compile(context, trapping(task));
    expect(() => {
      executable.run();
    }).toThrow();
    expect(context.losses).toHaveLength(1);
    expect(() => {
      executable.run();
    }).toThrow('lost');
  });

  it('is missed when it was killed', async () => {
    const started: Thread[] = [];
    const watched: ThreadHost = {
      ...host,
      start: () => {
        const thread = host.start();
        started.push(thread);
        return thread;
      },
    };
    const context = await contextFor(2, watched, 50);
    const executable = await compile(
      context,
      chainedPlan(() => undefined),
    );
    executable.run(3);
    for (const thread of started) thread.end();
    expect(() => {
      executable.run(3);
    }).toThrow('lost');
    expect(context.losses).toHaveLength(1);
  });

  it('is told of by the team', async () => {
    const context = await contextFor(2);
    context.team?.send({ type: 'run', program: 123_456_789, times: 1 });
    expect(await context.team?.lost).toContain('123456789');
  });

  it('that never listens is not waited for', async () => {
    const deaf: ThreadHost = {
      ...host,
      start: () => ({ send: () => undefined, lost: new Promise(() => undefined), end: () => undefined }),
    };
    const memory = createMemory(true, 100);
    const [control = 0] = memory.allocate('threads', [controlBytes(2)], true);
    expect(await assembleTeam(deaf, 2, memory, control, 20)).toBeNull();
  });
});

it('stages of one task go on without a meeting between them', () => {
  expect(sectionsOf(taskCounts.map((tasks) => ({ tasks })))).toEqual([
    { alone: true, stages: [0, 1] },
    { alone: false, stages: [2] },
    { alone: false, stages: [3] },
    { alone: true, stages: [4] },
    { alone: false, stages: [5] },
    { alone: true, stages: [6, 7] },
    { alone: false, stages: [8] },
    { alone: false, stages: [9] },
    { alone: false, stages: [10] },
  ]);
});
