/**
 * Runs cases of one format in a thread of its own, so that one that never ends, or takes all memory, can be told and stopped.
 * The main thread sees in shared memory which case is being read and since when.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { mutate, type Sample } from './mutations';
import { watchAllocations } from './allocations';
import { answerOf, brokenReaders, readers, type Reader } from './readers';

export interface FuzzTask {
  readonly format: string;
  readonly samples: readonly Sample[];
  readonly kind: 'samples' | 'prefixes' | 'mutations';
  readonly seed: number;
  /** Of the cases, the first and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** A Float64Array of three: the case, the time of day at which it began (0 between cases), the length of its bytes. */
  readonly progress: SharedArrayBuffer;
  /** The bytes of the case, as far as they fit. */
  readonly current: SharedArrayBuffer;
}

export interface FuzzFailure {
  readonly case: number;
  readonly reason: string;
  /** In base64. */
  readonly bytes: string;
}

export interface FuzzResult {
  readonly read: number;
  /** How often each problem was the answer. */
  readonly problems: Readonly<Record<string, number>>;
  readonly failures: readonly FuzzFailure[];
  /** Milliseconds of the slowest case, and bytes that the greediest asked for. */
  readonly slowest: number;
  readonly greediest: number;
}

const allocations = watchAllocations();
const longestMilliseconds = 2000;
/** Counted among the problems: there was none. */
const readWhole = '';
const mostFailures = 20;

/** What says where in a file something is wrong: bytes, lines, elements, columns, or (in JSON and what is unpacked) in words. */
const places = ['offset', 'line', 'index', 'column', 'reason'];
/** What is wrong with a file as a whole. */
const wholeFile: ReadonlySet<string> = new Set([
  'cifar.empty',
  'cifar.length',
  'csv.empty',
  'model.empty',
  'model.graph-model',
  'model.missing-file',
  'model.pickle',
  'model.too-large',
  'model.unknown-format',
  'model.weights-only',
  'npz.empty',
  'npz.too-large',
  'parquet.empty',
  'parquet.encrypted',
  'project.newer-version',
  'wav.no-samples',
]);

function bytesOf(task: FuzzTask, index: number, repair: Reader['repair']): Uint8Array {
  switch (task.kind) {
    case 'samples':
      return task.samples[index]!.bytes;
    case 'prefixes': {
      let left = index;
      for (const { bytes } of task.samples) {
        if (left < bytes.length) return bytes.subarray(0, left);
        left -= bytes.length;
      }
      throw new RangeError('no such prefix');
    }
    case 'mutations':
      return mutate(task.format, task.samples, task.seed, index, repair);
  }
}

/** What is wrong with a case, if anything. */
async function judge(
  { read, memory }: Reader,
  bytes: Uint8Array,
  mustBeRead: boolean,
  problems: Map<string, number>,
): Promise<string | null> {
  allocations.asked = 0;
  let answer;
  try {
    answer = await answerOf(read, Uint8Array.from(bytes));
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  if (!answer.ok) {
    const { code } = answer.problem;
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(code)) return `a problem without a code: ${JSON.stringify(answer.problem)}`;
    if (!wholeFile.has(code) && !places.some((place) => place in answer.problem.values))
      return `a problem without a place: ${JSON.stringify(answer.problem)}`;
    if (mustBeRead) return `refused: ${JSON.stringify(answer.problem)}`;
    problems.set(code, (problems.get(code) ?? 0) + 1);
  } else problems.set(readWhole, (problems.get(readWhole) ?? 0) + 1);
  return allocations.asked > memory ? `asked for ${allocations.asked} bytes, ${memory} are the bound` : null;
}

async function run(task: FuzzTask): Promise<FuzzResult> {
  const reader = [...readers, ...brokenReaders].find(({ name }) => name === task.format);
  if (reader === undefined) throw new TypeError(`no reader for ${task.format}`);
  const progress = new Float64Array(task.progress);
  const current = new Uint8Array(task.current);
  const problems = new Map<string, number>();
  const failures: FuzzFailure[] = [];
  let [slowest, greediest] = [0, 0];
  for (let index = task.from; index < task.to && failures.length < mostFailures; index++) {
    const bytes = bytesOf(task, index, reader.repair);
    progress[0] = index;
    progress[2] = Math.min(bytes.length, current.length);
    current.set(bytes.subarray(0, current.length));
    progress[1] = Date.now();
    const started = performance.now();
    const reason = await judge(reader, bytes, task.kind === 'samples', problems);
    let milliseconds = performance.now() - started;
    if (milliseconds > longestMilliseconds && reason === null) {
      // A busy machine may have stood still: what is slow is slow again.
      const again = performance.now();
      progress[1] = Date.now();
      await judge(reader, bytes, false, problems);
      milliseconds = Math.min(milliseconds, performance.now() - again);
    }
    progress[1] = 0;
    slowest = Math.max(slowest, milliseconds);
    greediest = Math.max(greediest, allocations.asked);
    const slow = milliseconds > longestMilliseconds ? `took ${Math.round(milliseconds)} ms` : null;
    if (reason !== null || slow !== null)
      failures.push({ case: index, reason: reason ?? slow ?? '', bytes: Buffer.from(bytes).toString('base64') });
  }
  const read = problems.get(readWhole) ?? 0;
  problems.delete(readWhole);
  return { read, problems: Object.fromEntries(problems), failures, slowest, greediest };
}

parentPort?.postMessage(await run(workerData as FuzzTask));
