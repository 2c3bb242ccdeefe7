/**
 * `npm run bench -- streaming`: trains a data set that is larger than what may be in memory, by turns with the same network on
 * data in memory, and tells how much of its speed is left and how much memory it took.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainInBrowser } from './browser';
import { makeDataset } from './data';
import { trainInNode } from './node';
import { networks } from './networks';
import type { Turn } from './turn';

export interface StreamingWish {
  readonly root: string;
  readonly gigabytes: number;
  readonly device: 'cpu' | 'webgpu';
  readonly inNode: boolean;
  readonly software: boolean;
  /** Turns of each. */
  readonly rounds: number;
  /** Of a turn. */
  readonly seconds: number;
  readonly json: boolean;
}

/** Bytes of samples of the set in memory: several windows. */
const heldBytes = 512 * 2 ** 20;
/** Those of the other may be in memory. */
const budget = 2 ** 30;
const batch = 128;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? NaN)) / 2;
};

export async function measureStreaming({ root, gigabytes, device, inNode, software, rounds, seconds, json }: StreamingWish): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'hebb-streaming-'));
  const say = (text: string): void => {
    if (!json) console.log(text);
  };
  try {
    const samples = await makeDataset(home, 'large', gigabytes * 1e9);
    await makeDataset(home, 'small', heldBytes);
    const [processor] = cpus();
    say(`${String(samples)} samples, ${String(gigabytes)} GB, on disk; ${processor?.model.trim() ?? ''}, ${String(cpus().length)} cores`);
    const open = inNode ? trainInNode(root) : trainInBrowser(root, software);
    for (const network of Object.keys(networks)) {
      const wish = { home, network, device, memoryBudget: budget, batch, seconds };
      const fromDisk = await open({ ...wish, dataset: 'large' });
      const inMemory = await open({ ...wish, dataset: 'small' });
      const turns: { readonly disk: Turn; readonly memory: Turn }[] = [];
      for (let round = 0; round < rounds; round++) {
        // By turns who is first, so that what changes with time favours nobody.
        const first = round % 2 === 0 ? await fromDisk.turn() : await inMemory.turn();
        const second = round % 2 === 0 ? await inMemory.turn() : await fromDisk.turn();
        turns.push(round % 2 === 0 ? { disk: first, memory: second } : { disk: second, memory: first });
      }
      const result = {
        network: networks[network]?.name ?? network,
        where: inNode ? 'Node' : 'Chromium',
        device: fromDisk.device,
        samplesPerSecond: median(turns.map(({ disk }) => disk.samplesPerSecond)),
        inMemory: median(turns.map(({ memory }) => memory.samplesPerSecond)),
        ofSpeedInMemory: median(turns.map(({ disk, memory }) => disk.samplesPerSecond / memory.samplesPerSecond)),
        busyShare: median(turns.map(({ disk }) => disk.busyShare)),
        busyShareInMemory: median(turns.map(({ memory }) => memory.busyShare)),
        peakBytes: fromDisk.peakBytes(),
        load: loadavg()[0] ?? NaN,
        date: new Date().toISOString().slice(0, 10),
      };
      await fromDisk.close();
      await inMemory.close();
      if (json) console.log(JSON.stringify({ event: 'streaming', samples, gigabytes, rounds, ...result }));
      const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
      say(
        `${result.network}, ${result.device}, ${result.where}: ${result.samplesPerSecond.toFixed(0)} samples/s from disk, ` +
          `${result.inMemory.toFixed(0)} in memory: ${percent(result.ofSpeedInMemory)}; the device did not wait in ${percent(result.busyShare)} of the time; ` +
          `at most ${(result.peakBytes / 1e6).toFixed(0)} MB of memory`,
      );
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
