import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeSafetensors } from '../../compute/graph/safetensors';
import { makeHome, smallContent, type Home } from './testing/home';

/** `npm run test:kill` asks for more. */
const kills = Number(process.env['HEBB_KILLS'] ?? 60);
const phases = ['saving', 'appending', 'checkpointing'] as const;

let built = '';
let home: Home;
beforeAll(async () => {
  home = await makeHome();
  // Inside the checkout, so that the built file finds the packages.
  built = await mkdtemp(join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/.hebb-kill-'));
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { target: 'node' },
    build: {
      ssr: fileURLToPath(new URL('testing/saving-process.ts', import.meta.url)),
      outDir: built,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'saving-process.js', format: 'es' } },
    },
  });
});
afterAll(async () => {
  await home.remove();
  await rm(built, { recursive: true, force: true });
});

/** A small generator (Park and Miller's), so that a run that fails can be repeated. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Story {
  readonly runId: string;
  readonly reached: Readonly<Record<string, number>>;
}

/** When to kill: so many milliseconds after it began to save, or in a phase before a file-system call of it. */
type Moment = { readonly delay: number } | { readonly phase: (typeof phases)[number]; readonly calls: number };

/** Starts the process, waits for the moment, kills it; tells what it said. */
async function runAndKill(first: number, moment: Moment): Promise<Story> {
  const [delay, halt] = 'delay' in moment ? [moment.delay, []] : [0, [moment.phase, String(moment.calls)]];
  const child = spawn(process.execPath, [join(built, 'saving-process.js'), home.folder, String(first), ...halt], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let errors = '';
  child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
  const ended = new Promise<void>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
      if (text.includes('delay' in moment ? 'saving' : 'halted')) resolve();
    });
    void ended.then(() => reject(new Error(`it ended by itself: ${errors}`)));
  });
  await wait(delay);
  child.kill('SIGKILL');
  await ended;
  expect(errors).toBe('');
  const reached: Record<string, number> = {};
  let runId = '';
  for (const line of text.split('\n')) {
    const [word = '', value = ''] = line.split(' ');
    if (word === 'ready') runId = value;
    else if (value !== '') reached[word] = Number(value);
  }
  return { runId, reached };
}

it(`leaves old or new, never else, when killed ${String(kills)} times while it saves`, { timeout: 10_000 + kills * 5_000 }, async () => {
  const next = numbers(20_261_121);
  let mark = 1;
  /** What the project held after the last kill: its number is not mark - 1 where the save under way was lost. */
  let kept = 0;
  const interrupted = { saving: 0, appending: 0, checkpointing: 0 };
  for (let kill = 0; kill < kills; kill++) {
    // Half of the kills fall where they fall, the others into each kind of writing in turn, between any two calls of it.
    const phase = phases[((kill - 1) / 2) % 3];
    const moment = phase === undefined ? { delay: next() * 60 } : { phase, calls: Math.floor(next() * 20) };
    const { runId, reached } = await runAndKill(mark, moment);
    const { saving = 0, saved = mark - 1, appended = mark - 1, checkpointed = mark - 1 } = reached;
    if (saved < saving) interrupted.saving++;
    else if (appended < saved) interrupted.appending++;
    else if (checkpointed < appended) interrupted.checkpointing++;

    const caller = await home.start();
    const project = await caller.call('projects.last', null);
    const { token, location, restored, content } = project ?? expect.unreachable('the project is gone');
    expect(restored).toBe(false);
    // The project is the one of the last save that was done, or of the one under way.
    const found = (content.training as { seed: number }).seed;
    expect([saved < mark ? kept : saved, saving]).toContain(found);
    kept = found;
    expect(content).toEqual(smallContent(found));

    // Every record that was said to be written is there, whole and in order; at most those under way follow.
    const { metrics } = await caller.call('runs.read', { project: token, runId });
    const expected = Array.from({ length: saved - mark + 1 }, (_, index) => [
      { mark: mark + index },
      { mark: mark + index, second: true },
    ]).flat();
    expect(metrics).toEqual(expected.slice(0, metrics.length));
    expect(metrics.length).toBeGreaterThanOrEqual(2 * (appended - mark + 1));

    // All checkpoints open, which compares them with their manifests; the last one said to be there is there.
    const checkpoints = await caller.call('checkpoints.list', { project: token, runId });
    const marks = checkpoints.map(({ step }) => step);
    if (checkpointed >= mark) expect(marks).toContain(checkpointed);
    expect(marks.length).toBeLessThanOrEqual(5);
    for (const { id, step } of checkpoints) {
      const opened = await caller.call('checkpoints.open', { project: token, runId, id });
      const weights = decodeSafetensors((await caller.get(opened.weightsUrl)) ?? new Uint8Array(0));
      expect(weights.ok && weights.value.tensors[0]?.data[19_999]).toBe(step);
    }
    // Opening cleaned up after the one that was killed.
    const names = await readdir(location, { recursive: true });
    expect(names.filter((name) => name.includes('hebb-temporary'))).toEqual([]);
    await caller.services.close();
    mark = Math.max(saving, found) + 1;
  }
  // The kills did fall into every kind of writing.
  expect(Math.min(...Object.values(interrupted)), JSON.stringify(interrupted)).toBeGreaterThanOrEqual(kills / 6);
});
