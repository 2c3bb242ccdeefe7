/** Asks the system to open an address in the person's browser. */
import { spawn } from 'node:child_process';

const openers: Partial<Record<NodeJS.Platform, (address: string) => [command: string, ...arguments_: string[]]>> = {
  darwin: (address) => ['open', address],
  win32: (address) => ['rundll32', 'url.dll,FileProtocolHandler', address],
};

/** False where there is no such program or it fails at once; the address is to be printed in any case. */
export function openBrowser(address: string): Promise<boolean> {
  const [command, ...arguments_] = openers[process.platform]?.(address) ?? ['xdg-open', address];
  return new Promise((resolve) => {
    const child = spawn(command, arguments_, { stdio: 'ignore', detached: true });
    child.once('error', () => {
      resolve(false);
    });
    child.once('exit', (code) => {
      resolve(code === 0);
    });
    // A browser that stays in the foreground has been opened too.
    setTimeout(() => {
      child.unref();
      resolve(true);
    }, 5000).unref();
  });
}
