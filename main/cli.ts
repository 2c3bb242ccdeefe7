/**
 * Composes the command line: the words after `hebb`, the services and the engine, without a screen. Commands stand in
 * main/cli/; this file alone touches the process.
 */
import { resolve } from 'node:path';
import { selectDevice } from './cli/device';
import { openKernelMemory } from './cli/kernel-memory';
import { createOutput } from './cli/output';
import { run } from './cli/run';
import type { Surroundings } from './cli/surroundings';
import { findPlaces } from './services/places';
import { nodeFileSystem } from './storage/file-system';

const output = createOutput(process.stdout, process.stderr);
const stops = new Set<() => void>();

const places = findPlaces();
const surroundings: Surroundings = {
  fileSystem: nodeFileSystem,
  places,
  output,
  now: () => new Date(),
  resolvePath: (path) => resolve(path),
  selectDevice: (options) => selectDevice(options, () => openKernelMemory(nodeFileSystem, places)),
  onInterrupt: (stop) => {
    stops.add(stop);
    return () => stops.delete(stop);
  },
};

/** Once what was written has left: Dawn's threads would keep the process alive, so it is ended. */
function exit(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

/** The first time lets the command end by itself; where nothing can be kept, and the second time, it ends at once. */
function interrupt(): void {
  const waiting = [...stops];
  stops.clear();
  if (waiting.length === 0) {
    output.clear();
    process.exit(130);
  }
  for (const stop of waiting) stop();
}

process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// Whoever read the output has gone (`hebb … | head`): what is being trained is still to be kept.
let unread = false;
process.stdout.on('error', () => {
  if (unread) return;
  unread = true;
  interrupt();
});

exit(await run(process.argv.slice(2), surroundings));
