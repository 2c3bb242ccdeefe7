/** Keeps what was measured, prints it, and writes the table of docs/benchmarks.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Result } from './measure';
import type { MemoryResult } from './memory';
import { workloads, type Workload } from './workloads';

export interface Surroundings {
  /** `Chromium 156 …` or `Node 20 …, Dawn`. */
  readonly where: string;
  readonly adapter: string;
  readonly processor: string;
  readonly system: string;
  /** Average load of the minute before, of all cores: above 0 others computed too. */
  readonly load: number;
  /** Day of the measurement, ISO 8601. */
  readonly date: string;
}

export interface Measured {
  readonly surroundings: Surroundings;
  readonly results: readonly Result[];
}

/** What one machine measured, each workload as last measured. */
export interface Store {
  readonly workloads: Readonly<Record<string, Measured>>;
  readonly memory: MemoryResult | null;
}

export type BenchDevice = 'webgpu' | 'cpu';

interface Place {
  readonly device: BenchDevice;
  readonly inNode: boolean;
}

/** Where the store keeps a workload: each device, in Node and in the browser, beside the others. */
export const storeKey = ({ name }: Workload, { device, inNode }: Place): string =>
  `${device === 'cpu' ? 'cpu/' : ''}${inNode ? 'node/' : ''}${name}`;

const fileIn = (root: string): string => join(root, 'out/bench/results.json');

export function readStore(root: string): Store {
  const path = fileIn(root);
  // Written by writeStore.
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Store) : { workloads: {}, memory: null };
}

export function writeStore(root: string, store: Store): void {
  mkdirSync(dirname(fileIn(root)), { recursive: true });
  writeFileSync(fileIn(root), `${JSON.stringify(store, null, 1)}\n`);
}

const grouped = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const figure = (value: number): string =>
  Number.isNaN(value) ? '–' : value >= 1000 ? Math.round(value).toLocaleString('en') : grouped.format(value);

/** Multiply-adds a second of a plain kernel on the same adapter, in operations; null where they were not measured. */
export function plainRate({ workloads: stored }: Store, { surroundings }: Measured, place: Place): number | null {
  const found = workloads.filter(({ kind }) => kind === 'multiply-add').map((workload) => stored[storeKey(workload, place)])[0];
  return found?.surroundings.adapter === surroundings.adapter ? (found.results[0]?.rate ?? null) : null;
}

const shareText = (rate: number, plain: number): string => `${String(Math.round((100 * rate) / plain))} %`;

/** One line for a person at a terminal; products are held against the rate of plain multiply-adds. */
export function lineOf({ kind }: Workload, result: Result, plain: number | null): string {
  const { entrant, milliseconds, best, worst, rounds, againstHebb, rate, compared, deviation, agrees, reason } = result;
  if (milliseconds === null) return `  ${entrant.padEnd(14)} not measured: ${reason ?? ''}`;
  const range = `${figure(best ?? NaN)} … ${figure(worst ?? NaN)}, ${String(rounds)} rounds`;
  const ratio = againstHebb === undefined || entrant === 'Hebb' ? '' : `, ${grouped.format(againstHebb)} × Hebb's time`;
  const share =
    plain === null || rate === undefined || kind === 'multiply-add' ? '' : ` (${shareText(rate, plain)} of plain multiply-adds)`;
  const steps = kind === 'training' ? `, ${figure(1000 / milliseconds)} steps/s` : '';
  const speed = rate === undefined ? steps : `, ${grouped.format(rate / 1e9)} GFLOP/s${share}`;
  const check =
    compared === undefined
      ? ''
      : `, ${agrees === true ? 'agrees' : 'DISAGREES'} (${String(compared)}: ${(deviation ?? NaN).toExponential(1)})`;
  return `  ${entrant.padEnd(14)} ${figure(milliseconds)} ms (${range})${ratio}${speed}${check}`;
}

const CUDA = 'PyTorch CUDA';
const entrants = ['Hebb', 'TensorFlow.js', 'jax-js', 'PyTorch CPU'] as const;

type Rows = readonly (readonly [Workload, Measured])[];

/** PyTorch with CUDA has a column where it was at hand. */
const cudaIn = (rows: Rows): readonly string[] =>
  rows.some(([, { results }]) => results.some(({ entrant }) => entrant === CUDA)) ? [CUDA] : [];

function cellOf(results: readonly Result[], name: string): string {
  const result = results.find(({ entrant }) => entrant === name);
  if (result === undefined) return '–';
  if (result.milliseconds === null) return 'fails';
  // The referee agrees with itself.
  const counts = name === 'PyTorch CPU' || result.agrees !== false;
  const spread = `${figure(result.best ?? NaN)}–${figure(result.worst ?? NaN)}`;
  return `${figure(result.milliseconds)} (${spread})${counts ? '' : ' †'}`;
}

const ratioOf = (results: readonly Result[], name: string): number | null => {
  const result = results.find(({ entrant }) => entrant === name);
  return result === undefined || result.milliseconds === null || result.agrees === false ? null : (result.againstHebb ?? null);
};

const ratioCell = (ratio: number | null): string => (ratio === null ? '–' : `${grouped.format(ratio)} ×`);

interface Bounds {
  readonly jax: number;
  readonly tensorflow: number;
  /** The most of its time that Hebb may take, where it is a peer. */
  readonly pytorch?: number;
  /** The same with CUDA, where that is at hand. */
  readonly cuda?: number;
}

/** What is asked of Hebb against each peer; without an entry at least the speed of the better. */
const askedOnWebGpu: Readonly<Record<string, Bounds>> = {
  'lenet-5': { jax: 4, tensorflow: 40, cuda: 1 },
  convnet: { jax: 4, tensorflow: 40 },
  mlp: { jax: 2, tensorflow: 1, cuda: 1 },
  'resnet-20': { jax: 2, tensorflow: 1, cuda: 2 },
  transformer: { jax: 2, tensorflow: 1 },
  lstm: { jax: 4, tensorflow: 4 },
};
const askedOnCpu: Readonly<Record<string, Bounds>> = {
  'lenet-5': { jax: 15, tensorflow: 1.5, pytorch: 2 },
  convnet: { jax: 15, tensorflow: 1.5, pytorch: 2 },
  mlp: { jax: 1.5, tensorflow: 1.5, pytorch: 1.5 },
};

function boundsOf({ name, kind }: Workload, device: BenchDevice): Bounds {
  if (device === 'webgpu') return askedOnWebGpu[name] ?? { jax: 1, tensorflow: 1 };
  const least = kind === 'training' ? 1.5 : 1;
  return askedOnCpu[name] ?? { jax: least, tensorflow: least };
}

/**
 * Whether the ratios that were measured are those that were asked for; null where nothing is asked, and where all that was
 * measured suffices but a peer was not. A peer that fails or computes something else has no ratio to be held against.
 */
export function reaches(workload: Workload, results: readonly Result[], device: BenchDevice): boolean | null {
  if (workload.kind === 'dispatches' || workload.kind === 'multiply-add') return null;
  const own = results.find(({ entrant }) => entrant === 'Hebb');
  if (own === undefined || own.milliseconds === null || own.agrees === false) return false;
  const { jax, tensorflow, pytorch, cuda } = boundsOf(workload, device);
  const withCuda = results.some(({ entrant }) => entrant === CUDA);
  const peers = [
    { peer: 'jax-js', bound: jax },
    { peer: 'TensorFlow.js', bound: tensorflow },
    // Its time may be so many times less.
    ...(pytorch === undefined ? [] : [{ peer: 'PyTorch CPU', bound: 1 / pytorch }]),
    ...(cuda === undefined || !withCuda ? [] : [{ peer: CUDA, bound: 1 / cuda }]),
  ];
  if (peers.some(({ peer, bound }) => (ratioOf(results, peer) ?? bound) < bound)) return false;
  return peers.every(({ peer }) => results.some(({ entrant }) => entrant === peer)) ? true : null;
}

const rateCell = (results: readonly Result[], name: string): string => {
  const rate = results.find(({ entrant }) => entrant === name)?.rate;
  return rate === undefined ? '–' : grouped.format(rate / 1e9);
};

const yes = (value: boolean | null): string => (value === null ? '–' : value ? 'yes' : '**no**');

/** With whom Hebb's time is compared in the table; on one device with PyTorch the speed of another says nothing. */
const compared: Readonly<Record<BenchDevice, readonly string[]>> = {
  webgpu: ['jax-js', 'TensorFlow.js'],
  cpu: ['jax-js', 'TensorFlow.js', 'PyTorch CPU'],
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const ruled = (headings: readonly string[]): string[] => [row(headings), row(headings.map(() => '---'))];

function trainingTable(rows: Rows, device: BenchDevice): string[] {
  const columns = [...entrants, ...cudaIn(rows)];
  const peers = [...compared[device], ...cudaIn(rows)];
  const lines = ruled(['step of', ...columns, ...peers.map((name) => `${name} ÷ Hebb`), 'reaches what is asked']);
  for (const [workload, { results }] of rows) {
    const cells = columns.map((name) => cellOf(results, name));
    const ratios = peers.map((name) => ratioCell(ratioOf(results, name)));
    lines.push(row([workload.title, ...cells, ...ratios, yes(reaches(workload, results, device))]));
  }
  return lines;
}

function planTable(rows: Rows): string[] {
  const lines = [
    '| step of | dispatches | workspace, MB | Hebb compiles, ms | first step done, ms: Hebb / TensorFlow.js / jax-js | losses compared (greatest difference): Hebb, TensorFlow.js, jax-js |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const [{ title }, { results }] of rows) {
    const of = (name: string) => results.find(({ entrant }) => entrant === name);
    const details = of('Hebb')?.details ?? {};
    const firsts = entrants.slice(0, 3).map((name) => figure(of(name)?.firstMilliseconds ?? NaN));
    const checks = entrants.slice(0, 3).map((name) => {
      const { compared, deviation } = of(name) ?? {};
      return compared === undefined ? '–' : `${String(compared)} (${(deviation ?? NaN).toExponential(0)})`;
    });
    const { dispatches = NaN, workspaceBytes = NaN, compileMilliseconds = NaN } = details;
    const cells = [
      title,
      String(dispatches),
      grouped.format(workspaceBytes / 1e6),
      figure(compileMilliseconds),
      firsts.join(' / '),
      checks.join(', '),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines;
}

/** `plain` is the rate of multiply-adds without loads, of which Hebb's products are shown as a share. */
function productTable(rows: Rows, device: BenchDevice, plain: number | null): string[] {
  const columns = [...entrants, ...cudaIn(rows)];
  const share = plain === null ? [] : ['Hebb, of plain multiply-adds'];
  const lines = ruled(['GFLOP/s of', ...columns, ...share, 'at least the better peer']);
  for (const [workload, { results }] of rows) {
    const rate = results.find(({ entrant }) => entrant === 'Hebb')?.rate;
    const shares = plain === null ? [] : [rate === undefined ? '–' : shareText(rate, plain)];
    const cells = columns.map((name) => rateCell(results, name));
    lines.push(row([workload.title, ...cells, ...shares, yes(reaches(workload, results, device))]));
  }
  return lines;
}

function dispatchTable(rows: Rows): string[] {
  const lines = ['| ms for | Hebb | TensorFlow.js | jax-js |', '| --- | --- | --- | --- |'];
  for (const [{ title }, { results }] of rows)
    lines.push(`| ${[title, ...entrants.slice(0, 3).map((name) => cellOf(results, name))].join(' | ')} |`);
  return lines;
}

function memoryLines({ surroundings, steps, batch, samples, made }: MemoryResult): string[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return [
    '',
    `### ${steps.toLocaleString('en')} steps of LeNet-5`,
    '',
    `${surroundings.date}, batch ${String(batch)}, after the garbage collector ran each time. Buffers, bind groups and pipelines made after the first step: ${String(made)}.`,
    '',
    "| after steps | JavaScript heap, MB | GPU process's resident memory, MB |",
    '| --- | --- | --- |',
    ...samples.map(
      ({ step, heapBytes, gpuBytes }) =>
        `| ${step.toLocaleString('en')} | ${megabytes(heapBytes)} | ${gpuBytes === null ? '–' : megabytes(gpuBytes)} |`,
    ),
  ];
}

const marks: Readonly<Record<BenchDevice, readonly [begin: string, end: string]>> = {
  webgpu: ['<!-- figures: begin (npm run bench -- --write) -->', '<!-- figures: end -->'],
  cpu: ['<!-- figures of the CPU: begin (npm run bench -- --device cpu --write) -->', '<!-- figures of the CPU: end -->'],
};

/** The tables of a device, as Markdown. */
export function tablesOf({ workloads: stored, memory }: Store, device: BenchDevice): string {
  const lines: string[] = [];
  const groups = new Map<string, [Workload, Measured][]>();
  for (const [workload, key] of [false, true].flatMap((inNode) =>
    workloads.map((each) => [each, storeKey(each, { device, inNode })] as const),
  )) {
    const measured = stored[key];
    if (measured === undefined) continue;
    const { where, adapter, processor, system } = measured.surroundings;
    const heading = `${adapter} in ${where}; ${processor}; ${system}`;
    groups.set(heading, [...(groups.get(heading) ?? []), [workload, measured]]);
  }
  for (const [heading, rows] of groups) {
    const dates = [...new Set(rows.map(([, { surroundings }]) => surroundings.date))].sort().join(', ');
    const versions = new Set(rows.flatMap(([, { results }]) => results.map(({ entrant, version }) => `${entrant} ${version}`)));
    const load = Math.max(...rows.map(([, { surroundings }]) => surroundings.load));
    lines.push(
      '',
      `## ${heading}`,
      '',
      `${dates}. ${[...versions].join(', ')}. Greatest load of the machine while measuring: ${load.toFixed(1)}.`,
    );
    const of = (...kinds: Workload['kind'][]) => rows.filter(([{ kind }]) => kinds.includes(kind));
    const training = of('training');
    if (training.length > 0) {
      lines.push('', 'Milliseconds a step, median (best–worst) over the rounds:', '', ...trainingTable(training, device));
      lines.push('', '† its losses differ from those of PyTorch: the speed does not count.', '', ...planTable(training));
    }
    const products = of('product', 'convolution');
    const plain = of('multiply-add')[0]?.[1].results[0]?.rate ?? null;
    if (plain !== null) lines.push('', `A kernel of nothing but multiply-adds in registers: ${grouped.format(plain / 1e9)} GFLOP/s.`);
    if (products.length > 0) lines.push('', ...productTable(products, device, plain));
    const dispatches = of('dispatches');
    if (dispatches.length > 0) lines.push('', ...dispatchTable(dispatches));
  }
  if (memory !== null && device === 'webgpu') lines.push(...memoryLines(memory));
  return lines.join('\n').trim();
}

/** Puts the tables of a device between its marks of docs/benchmarks.md. */
export async function writeTables(root: string, store: Store, device: BenchDevice): Promise<void> {
  const path = join(root, 'docs/benchmarks.md');
  const text = readFileSync(path, 'utf8');
  const [begin, end] = marks[device];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} lacks the marks between which the tables stand`);
  const whole = `${before}${begin}\n\n${tablesOf(store, device)}\n\n${end}${after}`;
  writeFileSync(path, await format(whole, { ...(await resolveConfig(path)), filepath: path }));
}
