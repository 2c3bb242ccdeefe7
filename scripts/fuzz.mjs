// npm run fuzz: changes small files of every format by seeded mutations and holds that reading them never crashes, hangs or takes
// more memory than its bound (docs/hostile-files.md).
//   npm run fuzz -- --count 1000000 --seed 1 --format png --threads 2      so many changes of each format
//   npm run fuzz -- --format png --seed 1 --case 4711      one case again, its bytes in base64
// Before the mutations all samples must be read, and every prefix of the shortest is tried.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

/** @typedef {import('../main/formats/testing/fuzz-worker').FuzzTask} FuzzTask */
/** @typedef {Omit<FuzzTask, 'progress' | 'current'>} Task */
/** @typedef {import('../main/formats/testing/fuzz-worker').FuzzResult} FuzzResult */
/** @typedef {import('../main/formats/testing/mutations').Sample} Sample */
/** @typedef {{ stopped: number, reason: string, bytes: string }} Stopped */
/** @typedef {{ format: string, kind: string, case: number, reason: string, bytes: string }} Failure */

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'out/fuzz', String(process.pid));

/** Written by pyarrow, which not every machine has (main/formats/testing/write-parquet.py). */
const parquetFolder = join(root, 'main/formats/testing/parquet');
/** Has nothing but times of a kind that is refused. */
const unreadParquet = 'int96.parquet';
/** Of one thread's heap, and of the whole process with all its threads. */
const heapMegabytes = 256;
const residentBytes = 1.5 * 2 ** 30;
/** Files longer than this make mutations slow and hit headers seldom. */
const longestSample = 12_288;
const fewestSamples = 10;
const prefixedSamples = 1;
/** Behind which it is not worth going on. */
const mostFailures = 30;

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    format: { type: 'string' },
    case: { type: 'string' },
    // Milliseconds after which a case will not end. What merely waited for a busy machine gets a second chance, alone.
    patience: { type: 'string', default: '2000' },
    // Readers with faults instead, to see that faults are found.
    broken: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`fuzz: --${name} wants a whole number, not ${text}`);
  return process.exit(2);
}

const count = wholeNumber('count', options.count);
const seed = wholeNumber('seed', options.seed);
const patience = wholeNumber('patience', options.patience);
const secondChance = 3 * patience;
const threads = Math.max(1, wholeNumber('threads', options.threads));

/** @param {string} script @returns {unknown} */
function runPython(script) {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', ['-B', '-W', 'ignore', join(root, 'main/formats/testing', script)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** By format, what other software wrote. @returns {Map<string, Sample[]>} */
function foreignSamples() {
  /** @type {Map<string, Sample[]>} */
  const samples = new Map();
  /** @param {string} format @param {string} name @param {string} text */
  const add = (format, name, text) => {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length <= longestSample) samples.set(format, [...(samples.get(format) ?? []), { name, bytes }]);
  };
  const { images } = /** @type {{ images: { name: string, file: string }[] }} */ (runPython('write-images.py'));
  for (const { name, file } of images) add(name.split('/')[0] ?? '', name, file);
  const others = /** @type {Record<string, [string, string][]>} */ (runPython('write-samples.py'));
  for (const name of readdirSync(parquetFolder)) {
    if (name.endsWith('.parquet') && name !== unreadParquet)
      add('parquet', name, readFileSync(join(parquetFolder, name)).toString('base64'));
  }
  for (const [format, files] of Object.entries(others)) for (const [name, file] of files) add(format, name, file);
  return samples;
}

/** @returns {Map<string, Sample[]>} */
function brokenSamples() {
  const samples = Array.from({ length: fewestSamples }, (_, index) => ({ name: String(index), bytes: Buffer.from('some bytes') }));
  return new Map(
    ['loop', 'throw', 'memory', 'heap', 'place', 'text'].map((kind) => [`broken-${kind}`, samples.slice(0, kind === 'text' ? 9 : 10)]),
  );
}

/** The worker and what it reads with, in one file. */
async function buildWorker() {
  const { build } = await import('vite');
  mkdirSync(folder, { recursive: true });
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { target: 'node' },
    build: {
      ssr: join(root, 'main/formats/testing/fuzz-worker.ts'),
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { format: 'es', entryFileNames: 'worker.mjs', codeSplitting: false } },
    },
  });
}

let mostResident = 0;

/**
 * One worker over one task.
 * @param {Task} task @param {number} longest
 * @returns {Promise<{ result: FuzzResult } | Stopped>}
 */
function runWorker(task, longest) {
  const progress = new SharedArrayBuffer(24);
  const current = new SharedArrayBuffer(16 * longestSample);
  const state = new Float64Array(progress);
  const worker = new Worker(join(folder, 'worker.mjs'), {
    workerData: { ...task, progress, current },
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    stderr: false,
  });
  /** @param {string} reason @returns {Stopped} */
  const stopped = (reason) => ({
    stopped: state[0] ?? 0,
    reason,
    bytes: Buffer.from(Uint8Array.from(new Uint8Array(current, 0, state[2] ?? 0))).toString('base64'),
  });
  return new Promise((resolve) => {
    /** @param {{ result: FuzzResult } | Stopped} end */
    const finish = (end) => {
      clearInterval(watch);
      void worker.terminate().then(() => {
        resolve(end);
      });
    };
    const watch = setInterval(() => {
      mostResident = Math.max(mostResident, process.memoryUsage().rss);
      const began = state[1] ?? 0;
      if (began > 0 && Date.now() - began > longest) finish(stopped(`did not end within ${longest} ms`));
    }, 100);
    worker.once('message', (/** @type {FuzzResult} */ result) => {
      finish({ result });
    });
    worker.once('error', (error) => {
      finish(stopped(`the thread ended: ${error.stack ?? error.message}`));
    });
  });
}

/** @type {Failure[]} */
const failures = [];
/** @type {Map<string, { cases: number, read: number, slowest: number, greediest: number }>} */
const totals = new Map();
/** @type {Set<string>} */
const codes = new Set();

/** @param {string} format @param {FuzzResult} result @param {number} cases @param {string} kind */
function note(format, result, cases, kind) {
  const total = totals.get(format) ?? { cases: 0, read: 0, slowest: 0, greediest: 0 };
  total.cases += cases;
  total.read += result.read;
  total.slowest = Math.max(total.slowest, result.slowest);
  total.greediest = Math.max(total.greediest, result.greediest);
  totals.set(format, total);
  for (const code of Object.keys(result.problems)) codes.add(code);
  for (const failure of result.failures) failures.push({ format, kind, ...failure });
}

/** A whole task, beginning anew behind each case that stopped its thread. @param {Task} task */
async function runTask(task) {
  for (let from = task.from; from < task.to;) {
    const end = await runWorker({ ...task, from }, patience);
    if ('result' in end) {
      note(task.format, end.result, task.to - from, task.kind);
      return;
    }
    const { stopped } = end;
    // What was read before the case that stopped the thread is read again for its figures.
    if (stopped > from) await runTask({ ...task, from, to: stopped });
    const again = await runWorker({ ...task, from: stopped, to: stopped + 1 }, secondChance);
    if ('result' in again) note(task.format, again.result, 1, task.kind);
    else failures.push({ format: task.format, kind: task.kind, case: stopped, reason: again.reason, bytes: again.bytes });
    from = stopped + 1;
    if (failures.length > mostFailures) return;
  }
}

/** All codes that have a text. */
function knownCodes() {
  const known = new Set();
  const locales = join(root, 'resources/locales/en');
  for (const name of readdirSync(locales).filter((file) => file.startsWith('problems.'))) {
    /** @type {unknown} */
    const parsed = JSON.parse(readFileSync(join(locales, name), 'utf8'));
    const { problems } = /** @type {{ problems: Record<string, Record<string, string>> }} */ (parsed);
    for (const [domain, texts] of Object.entries(problems)) for (const code of Object.keys(texts)) known.add(`${domain}.${code}`);
  }
  return known;
}

/** @param {Map<string, Sample[]>} samples @returns {Task[]} */
function tasksOf(samples) {
  const perTask = 20_000;
  return [...samples].flatMap(([format, files]) => {
    const common = { format, samples: files, seed, from: 0 };
    const shortest = [...files].sort((a, b) => a.bytes.length - b.bytes.length).slice(0, prefixedSamples);
    const parts = Array.from({ length: Math.ceil(count / perTask) }, (_, part) => part * perTask);
    const mutations = parts.map((from) => ({ ...common, kind: 'mutations', from, to: Math.min(count, from + perTask) }));
    if (options.broken) return /** @type {Task[]} */ (mutations);
    return /** @type {Task[]} */ ([
      { ...common, kind: 'samples', to: files.length },
      { ...common, kind: 'prefixes', samples: shortest, to: shortest.reduce((sum, { bytes }) => sum + bytes.length, 0) },
      ...mutations,
    ]);
  });
}

async function main() {
  const all = options.broken ? brokenSamples() : foreignSamples();
  const chosen = options.format === undefined ? all : new Map([...all].filter(([format]) => format === options.format));
  if (chosen.size === 0) {
    console.error(`fuzz: there is no format ${options.format ?? ''}; there are ${[...all.keys()].join(', ')}`);
    return 2;
  }
  for (const [format, files] of chosen)
    if (files.length < fewestSamples)
      failures.push({ format, kind: 'samples', case: 0, reason: `only ${files.length} samples`, bytes: '' });
  await buildWorker();
  if (options.case !== undefined) {
    const from = wholeNumber('case', options.case);
    for (const [format, samples] of chosen) {
      const end = await runWorker({ format, samples, kind: 'mutations', seed, from, to: from + 1 }, secondChance);
      console.log(format, JSON.stringify(end, null, 1));
    }
    return 0;
  }
  const started = performance.now();
  const tasks = tasksOf(chosen);
  await Promise.all(
    Array.from({ length: threads }, async () => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await runTask(task);
    }),
  );
  const known = knownCodes();
  for (const code of codes)
    if (!known.has(code))
      failures.push({
        format: code.split('.')[0] ?? '',
        kind: 'text',
        case: 0,
        reason: `${code} has no text in resources/locales/en`,
        bytes: '',
      });
  if (mostResident > residentBytes)
    failures.push({ format: '', kind: 'memory', case: 0, reason: `${Math.round(mostResident / 2 ** 20)} MB resident`, bytes: '' });
  for (const [format, { cases, read, slowest, greediest }] of totals)
    console.log(
      `${format.padEnd(14)} ${String(cases).padStart(8)} cases, ${String(read).padStart(7)} read, slowest ${slowest.toFixed(0)} ms, most asked for ${(greediest / 2 ** 20).toFixed(1)} MB`,
    );
  for (const { format, kind, case: index, reason, bytes } of failures)
    console.error(`\nFAILED ${format} ${kind} --seed ${seed} --case ${index}: ${reason}\n  ${bytes}`);
  const cases = [...totals.values()].reduce((sum, total) => sum + total.cases, 0);
  console.log(
    `${cases} cases in ${((performance.now() - started) / 1000).toFixed(1)} s, ${Math.round(mostResident / 2 ** 20)} MB resident, ${failures.length} failed`,
  );
  return failures.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
