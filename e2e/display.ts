/** A screen for the Electron window where there is none: Xvfb on a display number of its own choice. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Display {
  /** DISPLAY, or nothing if the machine's own is used. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => void;
}

export async function openDisplay(): Promise<Display> {
  const present = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'];
  if (process.platform !== 'linux' || present !== undefined) return { environment: {}, close: () => undefined };
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1920x1200x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise<string>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Error(`No display, and Xvfb does not start: ${error.message}`));
    });
    server.once('exit', (code) => {
      reject(new Error(`Xvfb ended with ${String(code)}.`));
    });
    // stdio above makes the fourth a pipe that is read.
    (server.stdio[3] as Readable).once('data', (data: Buffer) => {
      resolve(data.toString('utf8').trim());
    });
  });
  return {
    environment: { DISPLAY: `:${number}` },
    close: () => {
      server.removeAllListeners();
      server.kill();
    },
  };
}
