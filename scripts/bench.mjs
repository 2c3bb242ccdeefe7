// `npm run bench`: Hebb beside its peers on one adapter, in rounds, as medians; bench/ holds all of it.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const help = `npm run bench -- [WORKLOAD]… [options]

Measures Hebb, TensorFlow.js, jax-js (all on WebGPU, or on the CPU) and PyTorch (CPU, and CUDA where it has it) on the workloads whose names begin with the given
words, or on all: mlp, lenet-5, convnet, resnet-20, lstm, transformer, product-…, convolution-…, dispatches-…, fma (the rate of plain multiply-adds)

With the word streaming instead: makes a data set of 4 GB, trains it from disk and the same networks on data in memory by turns, and tells speed,
waiting and memory; takes --gigabytes, --rounds, --seconds (10), --device, --node, --software, --json

With the word import instead: imports 60,000 PNG files and a table of 1 GB, and tells files and megabytes a second and memory;
takes --gigabytes, --pictures, --rounds, --json

  --rounds N          turns of each engine (5)
  --seconds N         length of a turn (0.5)
  --check-seconds N   that comparing the first 20 losses of an engine may take (60)
  --only NAMES        engines, with commas between: hebb,tensorflow,jax,pytorch,pytorch-cuda
  --device DEVICE     webgpu, or cpu: WebAssembly and, of TensorFlow.js, JavaScript (webgpu)
  --threads N         of PyTorch and, on the CPU, of Hebb and jax-js (2)
  --node              in Node instead of a browser
  --software          on SwiftShader, even where there is a GPU
  --memory STEPS      then so many steps of LeNet-5 watching memory (0)
  --kernels           instead lists the kernels of Hebb, each with its time on its own, in so many rounds
  --json              one object a line
  --write             writes the tables of docs/benchmarks.md from all that was measured here (kept in out/bench)
  --none              measures no workload: for --memory and --write alone`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string' },
    'check-seconds': { type: 'string', default: '60' },
    only: { type: 'string' },
    device: { type: 'string', default: 'webgpu' },
    threads: { type: 'string', default: '2' },
    node: { type: 'boolean', default: false },
    software: { type: 'boolean', default: false },
    memory: { type: 'string', default: '0' },
    kernels: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    none: { type: 'boolean', default: false },
    gigabytes: { type: 'string' },
    pictures: { type: 'string', default: '60000' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  console.log(help);
  process.exit(0);
}

/** @param {string} name @param {string} text @param {number} minimum */
const number = (name, text, minimum) => {
  const value = Number(text);
  if (!(value >= minimum)) throw new RangeError(`--${name} takes a number from ${String(minimum)} on, not ${text}`);
  return value;
};

const server = await createServer({
  root,
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  // Its modules are ES modules that Node alone does not know as such.
  ssr: { noExternal: [/^@tensorflow\//] },
  server: { middlewareMode: true, watch: null, ws: false },
});

const { device } = options;
if (device !== 'webgpu' && device !== 'cpu') throw new RangeError(`--device takes webgpu or cpu, not ${device}`);
if (positionals[0] === 'streaming') {
  await build(['cli', 'web', 'renderer'], { ifStale: true });
  /** @type {typeof import('../bench/streaming/main')} */
  const { measureStreaming } = /** @type {never} */ (await server.ssrLoadModule('/bench/streaming/main.ts'));
  await measureStreaming({
    root,
    gigabytes: number('gigabytes', options.gigabytes ?? '4', 0.001),
    device,
    inNode: options.node,
    software: options.software,
    rounds: number('rounds', options.rounds, 1),
    seconds: number('seconds', options.seconds ?? '10', 0),
    json: options.json,
  });
  await server.close();
  process.exit(0);
}

if (positionals[0] === 'import') {
  await build(['cli'], { ifStale: true });
  /** @type {typeof import('../bench/importing/main')} */
  const { measureImports } = /** @type {never} */ (await server.ssrLoadModule('/bench/importing/main.ts'));
  await measureImports({
    root,
    pictures: number('pictures', options.pictures, 1),
    gigabytes: number('gigabytes', options.gigabytes ?? '1', 0.001),
    rounds: number('rounds', options.rounds, 1),
    json: options.json,
  });
  await server.close();
  process.exit(0);
}

/** @type {typeof import('../bench/main')} */
// Vite knows modules by name only; the name stands beside the type.
const { bench, entrantKeys } = /** @type {never} */ (await server.ssrLoadModule('/bench/main.ts'));
const entrants = options.only?.split(',') ?? entrantKeys;
const unknown = entrants.filter((name) => !entrantKeys.includes(name));
if (unknown.length > 0) throw new RangeError(`--only takes ${entrantKeys.join(', ')}, not ${unknown.join(', ')}`);
// The threads of Hebb in Node run a file of its own.
if (device === 'cpu' && options.node) await build(['cli'], { ifStale: true });
await bench({
  root,
  names: options.none ? ['-'] : positionals,
  entrants,
  inNode: options.node,
  device,
  threads: number('threads', options.threads, 1),
  software: options.software,
  effort: {
    rounds: number('rounds', options.rounds, 1),
    seconds: number('seconds', options.seconds ?? '0.5', 0),
    checkSeconds: number('check-seconds', options['check-seconds'], 0),
  },
  memorySteps: number('memory', options.memory, 0),
  kernels: options.kernels,
  json: options.json,
  write: options.write,
});
await server.close();
// Dawn keeps the event loop alive while its device lives.
process.exit(0);
