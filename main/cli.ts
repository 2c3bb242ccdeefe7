/**
 * Composes the command line: the words after `hebb`, the services and the engine, without a screen. Commands stand in
 * main/cli/; this file alone touches the process.
 */
import { resolve } from 'node:path';
import { version } from '../package.json';
import { parseCommandLine, type Invocation } from './cli/arguments';
import { openDevice } from './cli/device';
import { devices } from './cli/devices';
import { evaluate } from './cli/evaluate';
import { exportModel } from './cli/export';
import { failureText } from './cli/failure-text';
import { helpText } from './cli/help';
import { createOutput } from './cli/output';
import type { ExitCode, Surroundings } from './cli/surroundings';
import { templates } from './cli/templates';
import { train } from './cli/train';
import { findPlaces } from './services/places';
import { nodeFileSystem } from './storage/file-system';

const output = createOutput(process.stdout, process.stderr);
const stops = new Set<() => void>();

const surroundings: Surroundings = {
  fileSystem: nodeFileSystem,
  places: findPlaces(),
  output,
  now: () => new Date(),
  resolvePath: (path) => resolve(path),
  openDevice: (preference) => openDevice(preference, output.note),
  onInterrupt: (stop) => {
    stops.add(stop);
    return () => stops.delete(stop);
  },
};

function run(invocation: Invocation): ExitCode | Promise<ExitCode> {
  switch (invocation.command) {
    case 'train':
      return train(invocation.model, invocation.values, surroundings);
    case 'evaluate':
      return evaluate(invocation.model, invocation.values, surroundings);
    case 'export':
      return exportModel(invocation.model, invocation.values, surroundings);
    case 'templates':
      return templates(invocation.values, surroundings);
    case 'devices':
      return devices(invocation.values, surroundings);
    default:
      return invocation satisfies never;
  }
}

async function main(words: readonly string[]): Promise<ExitCode | 2> {
  const parsed = parseCommandLine(words);
  switch (parsed.kind) {
    case 'help':
      output.line(helpText(parsed.command));
      return 0;
    case 'version':
      output.line(version);
      return 0;
    case 'usage':
      output.note(`hebb: ${parsed.message}`);
      output.note(words.length === 0 ? `\n${helpText(null)}` : `See hebb ${parsed.command === null ? '' : `${parsed.command} `}--help.`);
      return 2;
    case 'run':
      try {
        return await run(parsed.invocation);
      } catch (error) {
        output.note(`hebb: ${failureText(error)}`);
        return 1;
      }
    default:
      return parsed satisfies never;
  }
}

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

exit(await main(process.argv.slice(2)));
