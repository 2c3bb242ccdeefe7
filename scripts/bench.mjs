// `npm run bench`: training steps of our networks, in rounds, as medians. `--json` prints one object a line.
// Peers are added to `contestants`; all of them run in the same rounds, so that a busy machine disturbs all alike.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '10' },
    batch: { type: 'string', default: '128' },
    network: { type: 'string', multiple: true },
    kernels: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  console.log(`npm run bench -- [--network mlp|lenet-5]… [--batch N] [--steps N] [--rounds N] [--kernels] [--json]

Measures training steps (Adam, softmax cross-entropy) on random samples: the median over the rounds of the time per step.
--kernels lists the time of every kernel of a step, each run on its own.`);
  process.exit(0);
}

/** @param {string | undefined} text @param {string} name */
const positive = (text, name) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`--${name} takes a whole number above 0, not ${String(text)}`);
  return value;
};
const rounds = positive(options.rounds, 'rounds');
const steps = positive(options.steps, 'steps');
const batch = positive(options.batch, 'batch');

/** @param {readonly number[]} list */
const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

const server = await createServer({
  root: dirname(dirname(fileURLToPath(import.meta.url))),
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, ws: false },
});

/** @type {typeof import('../bench/hebb')} */
// Vite knows modules by name only; the name stands beside the type.
const hebb = /** @type {never} */ (await server.ssrLoadModule('/bench/hebb.ts'));
const bench = await hebb.open();
const { name: device, software } = bench.device.description;

/**
 * @typedef {{ name: string, network: string, time(steps: number): Promise<number>, details: Record<string, number> }} Contestant
 */

/** @type {Contestant[]} */
const contestants = [];
for (const network of options.network ?? hebb.networks) {
  const prepared = await bench.prepare(network, batch);
  const { dispatches, workspaceBytes, compileMilliseconds } = prepared.executable.statistics;
  contestants.push({
    name: 'hebb',
    network,
    time: (count) => prepared.time(count),
    details: { dispatches, workspaceBytes, compileMilliseconds },
  });
  if (options.kernels) {
    for (const [position, kernel] of prepared.executable.kernels.entries()) {
      const times = [];
      for (let round = 0; round < rounds; round++) {
        const started = performance.now();
        await prepared.executable.runKernel(position, 4);
        times.push((performance.now() - started) / 4);
      }
      const { name, variant } = kernel;
      const milliseconds = Math.min(...times);
      if (options.json) console.log(JSON.stringify({ event: 'kernel', network, position, name, variant, milliseconds }));
      else console.log(`${network.padEnd(10)} ${milliseconds.toFixed(3).padStart(9)} ms  ${name} (${variant})`);
    }
  }
}

/** @type {Map<Contestant, number[]>} */
const times = new Map(contestants.map((contestant) => [contestant, []]));
for (const contestant of contestants) await contestant.time(2);
for (let round = 0; round < rounds; round++) {
  for (const contestant of contestants) times.get(contestant)?.push(await contestant.time(steps));
}
for (const contestant of contestants) {
  const { name, network, details } = contestant;
  const list = times.get(contestant) ?? [];
  const milliseconds = median(list);
  const samplesPerSecond = (batch / milliseconds) * 1000;
  const result = { event: 'result', name, network, device, software, batch, rounds, steps, milliseconds, samplesPerSecond };
  if (options.json) console.log(JSON.stringify({ ...result, best: Math.min(...list), worst: Math.max(...list), ...details }));
  else {
    const range = `${Math.min(...list).toFixed(1)} … ${Math.max(...list).toFixed(1)}`;
    console.log(
      `${name} ${network}, batch ${String(batch)}, ${device}: ${milliseconds.toFixed(1)} ms/step (${range}), ${samplesPerSecond.toFixed(0)} samples/s`,
    );
  }
}
await server.close();
// Dawn keeps the event loop alive while its device lives.
process.exit(0);
