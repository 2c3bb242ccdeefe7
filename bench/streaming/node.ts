/** Trains in Node: each turn is a whole `hebb train` of so many steps as the first one found to fill it. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { networks } from './networks';
import { watchMemory } from './memory';
import type { OpenTrainee } from './turn';

/** As many lines of `--json` as matter here. */
interface Done {
  readonly event: string;
  readonly samplesPerSecond?: number;
  readonly busyShare?: number;
  readonly device?: string;
}

const firstSteps = 300;

export const trainInNode =
  (root: string): OpenTrainee =>
  async ({ home, network, dataset, device, memoryBudget, batch, seconds }) => {
    const file = join(home, `${network}.json`);
    await writeFile(file, JSON.stringify(networks[network]));
    let peak = 0;
    async function train(steps: number): Promise<Required<Done>> {
      const megabytes = String(Math.ceil(memoryBudget / 2 ** 20));
      const options = ['--dataset', dataset, '--device', device, '--memory', megabytes, '--batch', String(batch), '--steps', String(steps)];
      const child = spawn(process.execPath, [join(root, 'out/cli/cli.js'), 'train', file, ...options, '--seed', '1', '--json'], {
        env: { ...process.env, HEBB_HOME: home },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const memory = watchMemory([child.pid ?? 0]);
      let done: Done | null = null;
      for await (const line of createInterface({ input: child.stdout })) {
        // Every line is an event of the command, documented in docs/command-line.md.
        if (line.startsWith('{"event":"done"')) done = JSON.parse(line) as Done;
      }
      memory.stop();
      peak = Math.max(peak, memory.peakBytes());
      if (done?.samplesPerSecond === undefined || done.busyShare === undefined || done.device === undefined)
        throw new Error('hebb train ended without its result');
      const { event, samplesPerSecond, busyShare, device: name } = done;
      return { event, samplesPerSecond, busyShare, device: name };
    }
    const first = await train(firstSteps);
    const steps = Math.max(firstSteps, Math.ceil((first.samplesPerSecond * seconds) / batch));
    return {
      device: first.device,
      turn: () => train(steps),
      peakBytes: () => peak,
      close: () => Promise.resolve(),
    };
  };
