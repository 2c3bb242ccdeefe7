/** `npm run bench -- import`: how many files and bytes a second `hebb import` takes, and how much memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchMemory } from '../streaming/memory';
import { makePictures, makeTable } from './data';

export interface ImportingWish {
  readonly root: string;
  readonly pictures: number;
  /** Of the table. */
  readonly gigabytes: number;
  readonly rounds: number;
  readonly json: boolean;
}

interface Taken {
  readonly seconds: number;
  readonly peakBytes: number;
}

/** From the start of the command to its end, with all that Node needs to begin. */
async function importOnce(root: string, home: string, path: string): Promise<Taken> {
  const begun = performance.now();
  const child = spawn(process.execPath, [join(root, 'out/cli/cli.js'), 'import', path, '--json'], {
    env: { ...process.env, HEBB_HOME: home },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const memory = watchMemory([child.pid ?? 0]);
  const [code] = (await once(child, 'exit')) as [number | null];
  const seconds = (performance.now() - begun) / 1000;
  memory.stop();
  if (code !== 0) throw new Error(`hebb import ended with ${String(code)}`);
  return { seconds, peakBytes: memory.peakBytes() };
}

export async function measureImports({ root, pictures, gigabytes, rounds, json }: ImportingWish): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hebb-importing-'));
  try {
    const [images, table] = [join(folder, 'images'), join(folder, 'table.csv')];
    await makePictures(images, pictures);
    await makeTable(table, gigabytes * 1e9);
    const megabytes = (await stat(table)).size / 1e6;
    const works = [
      { name: `${String(pictures)} PNG files of 28×28`, path: images, amount: pictures, unit: 'files/s' },
      { name: `CSV of ${megabytes.toFixed(0)} MB`, path: table, amount: megabytes, unit: 'MB/s' },
    ];
    if (!json) console.log(`${cpus()[0]?.model.trim() ?? ''}, ${String(cpus().length)} cores`);
    for (const { name, path, amount, unit } of works) {
      const all: Taken[] = [];
      for (let round = 0; round < rounds; round++) {
        const home = join(folder, 'home');
        all.push(await importOnce(root, home, path));
        await rm(home, { recursive: true, force: true });
      }
      const speeds = all.map(({ seconds }) => amount / seconds).sort((a, b) => a - b);
      const [slowest = NaN, median = NaN, quickest = NaN] = [speeds[0], speeds[(speeds.length - 1) >> 1], speeds.at(-1)];
      const peakBytes = Math.max(...all.map((each) => each.peakBytes));
      const load = loadavg()[0] ?? NaN;
      if (json) console.log(JSON.stringify({ event: 'import', name, unit, median, slowest, quickest, peakBytes, load }));
      else
        console.log(
          `${name}: ${median.toFixed(0)} ${unit} (${slowest.toFixed(0)}–${quickest.toFixed(0)}), at most ${(peakBytes / 2 ** 20).toFixed(0)} MB, load ${load.toFixed(1)}`,
        );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
