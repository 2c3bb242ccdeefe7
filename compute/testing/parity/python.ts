/** Runs the referee: a Python script with PyTorch, given and giving JSON. For tests only, which run in Node. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Debian's packages belong to this interpreter, whatever else is first on the path. */
const interpreter = process.env['HEBB_PYTHON'] ?? (existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3');

export interface ArrayMessage {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export const arrayMessage = (shape: readonly number[], data: ArrayLike<number>): ArrayMessage => ({ shape, data: Array.from(data) });

/**
 * The parsed output of a script of this folder. Rejects, and never skips, where PyTorch cannot be imported or the script
 * fails; the message says what to install.
 */
export function runPython(script: string, input: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const referee = spawn(interpreter, [path], { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    referee.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    referee.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    referee.on('error', (error) => {
      reject(
        new Error(
          `${interpreter} could not be started: ${error.message}. The parity tests need Python with PyTorch (Debian: apt-get install python3-torch).`,
        ),
      );
    });
    referee.on('close', (code) => {
      const complaint = Buffer.concat(errors).toString();
      if (/No module named '(torch|numpy)'/.test(complaint)) {
        reject(
          new Error(
            `${interpreter} has no PyTorch, with which the parity tests compare. Install it (Debian: apt-get install python3-torch libopenblas0-pthread).`,
          ),
        );
      } else if (code !== 0) {
        reject(new Error(`${script} failed with code ${String(code)}:\n${complaint}`));
      } else {
        resolve(JSON.parse(Buffer.concat(output).toString()));
      }
    });
    // A script that ends early closes its input; its complaint says more than the broken pipe.
    referee.stdin.on('error', () => undefined);
    referee.stdin.end(JSON.stringify(input));
  });
}
