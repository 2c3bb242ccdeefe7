/**
 * Writes the module of a program: a function for each stage, and a driver that walks all stages. Threads claim tasks by counters
 * (each begins with a part of its own and then helps the others) and meet after each stage. Which thread does which task changes
 * nothing in the results.
 */
import { i32, i64, memory, select, type Int } from './assembly/expression';
import type { FunctionReference, FunctionWriter } from './assembly/function-writer';
import { ModuleWriter } from './assembly/module-writer';
import { CLAIM_STRIDE, control } from './control';
import type { Stage } from './kernel';
import { MAXIMUM_PAGES } from './memory';

export interface DriverOptions {
  /** How many threads run it; with one, nothing in it is atomic and its memory is not shared. */
  readonly threads: number;
  /** Address of the control block. */
  readonly control: number;
  /** Address of the threads' own memory, and bytes from one thread's to the next's. */
  readonly scratch: number;
  readonly scratchStride: number;
  /** Milliseconds in which another thread must have taken a task, or it is given up. */
  readonly patience: number;
}

/** What a module exports; both give 1 if a thread has failed, else 0. */
export interface Driver {
  /** All stages, so many times; every thread calls it with its own number, 0 being the one that asked. */
  run(thread: number, times: number): number;
  /** One stage, as thread 0 does it, while the others are in `run`: for measurements. All in order make a run. */
  stage(number: number): number;
}

/**
 * How often a waiting thread looks before it sleeps: some 50 µs, longer than it takes to be woken, since two threads that wake each
 * other would otherwise sleep at every meeting. Where looking was in vain several times running, the threads share a core: then each
 * sleeps at once, so that the other can work, and looks only now and then whether that has changed.
 */
const SPINS = 100_000;
const FEW_SPINS = 500;
const VAIN_MEETINGS = 4;
const RETRY_MEETINGS = 32;

/** Stages that only the first thread takes part in run on without a meeting between them. */
interface Section {
  readonly alone: boolean;
  readonly stages: readonly number[];
}

export function sectionsOf(stages: readonly Pick<Stage, 'tasks'>[]): Section[] {
  const sections: Section[] = [];
  stages.forEach(({ tasks }, number) => {
    const last = sections.at(-1);
    if (tasks === 1 && last?.alone === true) sections[sections.length - 1] = { alone: true, stages: [...last.stages, number] };
    else sections.push({ alone: tasks === 1, stages: [number] });
  });
  return sections;
}

const at = (address: number): Int => i32.constant(address);

/** `meet(thread)`: returns once all threads have called it; 1 if one has failed. The last to come makes the counters ready again. */
function writeMeeting(module: ModuleWriter, { threads, control: base, patience }: DriverOptions): FunctionReference {
  const [generation, arrived, failed, sleepers] = [
    base + control.generation,
    base + control.arrived,
    base + control.failed,
    base + control.sleepers,
  ];
  const claims = Array.from({ length: threads }, (_, thread) => base + control.claims + thread * CLAIM_STRIDE);
  const wake = (writer: FunctionWriter): void => {
    writer.discard(memory.atomicAdd(at(generation), i32.constant(1)));
    writer.if(memory.atomicLoad(at(sleepers)), () => {
      writer.discard(memory.notify(at(generation), i32.constant(threads)));
    });
  };
  /** Changes whenever a thread takes a task or arrives. */
  const progress = (): Int => [arrived, ...claims].map((word) => memory.atomicLoad(at(word))).reduce((sum, word) => i32.add(sum, word));
  return module.function(['i32'], 'i32', (writer) => {
    const thread = writer.intParameter(0);
    const before = writer.keep(memory.atomicLoad(at(generation)));
    const waiting = i32.eq(memory.atomicLoad(at(generation)), before);
    // Looked at after the generation: who fails sets this first and then moves the generation on.
    writer.if(memory.atomicLoad(at(failed)), () => {
      writer.return(i32.constant(1));
    });
    writer.if(i32.eq(memory.atomicAdd(at(arrived), i32.constant(1)), i32.constant(threads - 1)), () => {
      writer.atomicStore(at(arrived), i32.constant(0));
      for (const claim of claims) writer.atomicStore(at(claim), i32.constant(0));
      wake(writer);
      writer.return(memory.atomicLoad(at(failed)));
    });
    const vain = writer.keep(i32.add(at(base + control.vain), i32.mul(thread, i32.constant(CLAIM_STRIDE))));
    const times = writer.keep(memory.i32(vain));
    const hopeful = i32.or(i32.ltU(times, i32.constant(VAIN_MEETINGS)), i32.eqz(i32.and(times, i32.constant(RETRY_MEETINGS - 1))));
    const spins = writer.keep(select(i32.constant(SPINS), i32.constant(FEW_SPINS), hopeful));
    writer.while(i32.and(waiting, i32.ne(spins, i32.constant(0))), () => {
      writer.increase(spins, -1);
    });
    writer.storeI32(vain, select(i32.add(times, i32.constant(1)), i32.constant(0), waiting));
    const seen = writer.local('i32');
    const outcome = writer.local('i32');
    const idle = writer.local('i32');
    const timedOut = i32.constant(2);
    writer.while(waiting, () => {
      writer.set(seen, progress());
      writer.discard(memory.atomicAdd(at(sleepers), i32.constant(1)));
      // The first thread alone looks after the others: without it there is nothing to wait for.
      const long = select(i64.constant(-1), i64.constant(Math.round(patience * 5e5)), thread);
      writer.set(outcome, memory.wait32(at(generation), before, long));
      writer.discard(memory.atomicAdd(at(sleepers), i32.constant(-1)));
      // Half the patience twice: a machine that was asleep in between finds the first half gone at once.
      writer.if(
        i32.and(i32.eq(outcome, timedOut), i32.eq(seen, progress())),
        () => {
          writer.increase(idle, 1);
          writer.if(i32.eq(idle, i32.constant(2)), () => {
            writer.atomicStore(at(failed), i32.constant(1));
            wake(writer);
          });
        },
        () => {
          writer.set(idle, i32.constant(0));
        },
      );
    });
    writer.return(memory.atomicLoad(at(failed)));
  });
}

/** All tasks of a stage by one thread. */
function writeTasks(writer: FunctionWriter, { tasks }: Stage, body: FunctionReference, scratch: Int): void {
  if (tasks === 1) {
    writer.call(body, i32.constant(0), scratch);
    return;
  }
  const task = writer.local('i32');
  writer.for(task, i32.constant(0), i32.constant(tasks), 1, () => {
    writer.call(body, task, scratch);
  });
}

/** `share(thread, scratch)`: what this thread gets of the tasks of a stage. */
function writeShare(module: ModuleWriter, { tasks }: Stage, body: FunctionReference, options: DriverOptions): FunctionReference {
  const { threads, control: base } = options;
  return module.function(['i32', 'i32'], null, (writer) => {
    const thread = writer.intParameter(0);
    const scratch = writer.intParameter(1);
    const [turn, part, first, count, counter, task] = [
      writer.local('i32'),
      writer.local('i32'),
      writer.local('i32'),
      writer.local('i32'),
      writer.local('i32'),
      writer.local('i32'),
    ];
    const boundary = (number: Int): Int => i32.divU(i32.mul(number, i32.constant(tasks)), i32.constant(threads));
    writer.for(turn, i32.constant(0), i32.constant(threads), 1, () => {
      writer.set(part, i32.remU(i32.add(thread, turn), i32.constant(threads)));
      writer.set(first, boundary(part));
      writer.set(count, i32.sub(boundary(i32.add(part, i32.constant(1))), first));
      writer.set(counter, i32.add(at(base + control.claims), i32.mul(part, i32.constant(CLAIM_STRIDE))));
      writer.while(i32.ltU(memory.atomicLoad(counter), count), () => {
        writer.set(task, memory.atomicAdd(counter, i32.constant(1)));
        writer.if(i32.ltU(task, count), () => {
          writer.call(body, i32.add(first, task), scratch);
        });
      });
    });
  });
}

/** The bytes of a module that exports `run` and `stage` (see Driver). */
export function writeDriver(stages: readonly Stage[], options: DriverOptions): Uint8Array<ArrayBuffer> {
  const { threads, scratch: scratchBase, scratchStride } = options;
  const shared = threads > 1;
  const module = new ModuleWriter({ initial: 0, maximum: MAXIMUM_PAGES, shared });
  const bodies = stages.map((stage) =>
    module.function(['i32', 'i32'], null, (writer) => {
      stage.write(writer, writer.intParameter(0), writer.intParameter(1));
    }),
  );
  const meet = shared ? writeMeeting(module, options) : null;
  /** Each stage as one thread of several does it; without a meeting. */
  const shares = stages.map((stage, number) => {
    const body = bodies[number];
    if (body === undefined) throw new RangeError(`there is no stage ${String(number)}`);
    return shared && stage.tasks > 1
      ? writeShare(module, stage, body, options)
      : module.function(['i32', 'i32'], null, (writer) => {
          writer.if(i32.eqz(writer.intParameter(0)), () => {
            writeTasks(writer, stage, body, writer.intParameter(1));
          });
        });
  });
  const sections = sectionsOf(stages);
  const meetOrReturn = (writer: FunctionWriter, thread: Int): void => {
    if (meet === null) return;
    writer.if(writer.callFor('i32', meet, thread), () => {
      writer.return(i32.constant(1));
    });
  };
  module.function(
    ['i32', 'i32'],
    'i32',
    (writer) => {
      const thread = writer.intParameter(0);
      const scratch = writer.keep(i32.add(at(scratchBase), i32.mul(thread, i32.constant(scratchStride))));
      const time = writer.local('i32');
      writer.for(time, i32.constant(0), writer.intParameter(1), 1, () => {
        for (const section of sections) {
          for (const number of section.stages) {
            const share = shares[number];
            if (share !== undefined) writer.call(share, thread, scratch);
          }
          meetOrReturn(writer, thread);
        }
      });
      writer.return(i32.constant(0));
    },
    'run',
  );
  module.function(
    ['i32'],
    'i32',
    (writer) => {
      const zero = i32.constant(0);
      for (const section of sections) {
        section.stages.forEach((number, place) => {
          const share = shares[number];
          if (share === undefined) return;
          writer.if(i32.eq(writer.intParameter(0), i32.constant(number)), () => {
            writer.call(share, zero, at(scratchBase));
            if (place === section.stages.length - 1) meetOrReturn(writer, zero);
          });
        });
      }
      writer.return(zero);
    },
    'stage',
  );
  return module.bytes;
}
