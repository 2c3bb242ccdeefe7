/**
 * Composes the web shell: the same page and services on a loopback address, for a browser of this machine.
 *   node out/web/web.js [--port N] [--open]
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serveHttp } from './http/serve-http';
import { createServices } from './services/services';
import { openBrowser } from './window/open-browser';

const pageFolder = fileURLToPath(new URL('../renderer', import.meta.url));

async function start(port: number, open: boolean): Promise<void> {
  const services = await createServices();
  const server = await serveHttp({ pageFolder, port, services });
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    void server
      .close()
      .then(() => services.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error('Closing did not finish:', error);
          process.exit(1);
        },
      );
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
  console.log(`Hebb is at ${server.address}`);
  console.log('The address is for this machine and this run alone. Ctrl+C ends it.');
  if (open && !(await openBrowser(server.address))) console.log('No browser could be opened: open the address yourself.');
}

function readArguments(): { port: number; open: boolean } | null {
  try {
    const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, open: { type: 'boolean', default: false } } });
    const port = Number(values.port);
    return Number.isInteger(port) && port >= 0 && port <= 65535 ? { port, open: values.open } : null;
  } catch {
    return null;
  }
}

const chosen = readArguments();
if (chosen === null) {
  console.error('Usage: web.js [--port 0…65535] [--open]');
  process.exitCode = 2;
} else {
  start(chosen.port, chosen.open).catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    console.error(
      taken ? `Port ${String(chosen.port)} is taken; choose another or leave --port out.` : 'Hebb could not start:',
      taken ? '' : error,
    );
    process.exit(1);
  });
}
