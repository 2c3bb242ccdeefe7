/** Runs the command as a person does, and makes data for it. For tests only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPlaces } from '../../services/places';
import { nodeFileSystem } from '../../storage/file-system';
import { selectDevice } from '../device';
import { openKernelMemory } from '../kernel-memory';
import { createOutput } from '../output';
import { run } from '../run';
import type { Surroundings } from '../surroundings';

const executable = fileURLToPath(new URL('../../../bin/hebb.mjs', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  /** Of `--json`. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

export interface Workplace {
  path(...names: readonly string[]): string;
  /** Within this process. */
  hebb(...words: readonly string[]): Promise<Outcome>;
  /** As a process of its own. */
  start(...words: readonly string[]): ChildProcess;
  remove(): void;
}

const outcome = (code: number | null, output: string, errors: string): Outcome => ({
  code,
  output,
  errors,
  events: output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>),
});

/** A folder of its own to work in, where Hebb also keeps what it caches. */
export function createWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'hebb-command-'));
  const environment = { ...process.env, HEBB_HOME: join(folder, 'home') };
  return {
    path: (...names) => join(folder, ...names),
    hebb: async (...words) => {
      let results = '';
      let notes = '';
      const output = createOutput({ write: (text) => (results += text) }, { write: (text) => (notes += text) });
      const places = findPlaces({ environment, platform: process.platform, home: folder });
      const surroundings: Surroundings = {
        fileSystem: nodeFileSystem,
        places,
        output,
        now: () => new Date(),
        resolvePath: (path) => resolve(folder, path),
        selectDevice: (options) => selectDevice(options, () => openKernelMemory(nodeFileSystem, places)),
        onInterrupt: () => () => undefined,
      };
      const code = await run(words, surroundings);
      return outcome(code, results, notes);
    },
    start: (...words) =>
      spawn(process.execPath, [executable, ...words], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What a process said and ended with; the word of a build that came before is left out. */
export async function endOf(child: ChildProcess): Promise<Outcome> {
  let output = '';
  let errors = '';
  child.stdout?.on('data', (piece: Buffer) => (output += piece.toString()));
  child.stderr?.on('data', (piece: Buffer) => (errors += piece.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return outcome(code, output, errors.replace(/^built cli in .*\n/m, ''));
}

/** An IDX file: the type 08, big-endian sizes, bytes. */
export function idx(shape: readonly number[], bytes: ArrayLike<number>): Uint8Array {
  const file = new Uint8Array(4 + 4 * shape.length + bytes.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x0800 | shape.length);
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  file.set(Array.from(bytes), 4 + 4 * shape.length);
  return file;
}

/** Images of size × size in two classes: bright above, or bright below; training and test pair, named as those of MNIST. */
export function writeStripes(folder: string, size: number, counts: { readonly train: number; readonly test: number }): void {
  mkdirSync(folder, { recursive: true });
  for (const [prefix, count] of [
    ['train', counts.train],
    ['t10k', counts.test],
  ] as const) {
    const labels = Array.from({ length: count }, (_, sample) => (sample * 7 + (sample >> 2)) % 2);
    const images = labels.flatMap((label, sample) =>
      Array.from({ length: size * size }, (_, pixel) => {
        const bright = pixel < (size * size) / 2 === (label === 0);
        return (bright ? 150 : 20) + ((sample * 37 + pixel * 11) % 80);
      }),
    );
    writeFileSync(join(folder, `${prefix}-images-idx3-ubyte`), idx([count, size, size], images));
    writeFileSync(join(folder, `${prefix}-labels-idx1-ubyte`), idx([count], labels));
  }
}
