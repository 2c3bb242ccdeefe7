// npm start: builds what is stale and opens the workbench: in Electron; without its runtime in the browser; without a
// display it prints the address.  npm start -- [--web] [--port N]
import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { fetchElectron, findElectron, wantedVersion } from './electron-runtime.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** An Electron that ends with an error this soon has not shown a window. */
const startTime = 15_000;

function hasDisplay() {
  return process.platform !== 'linux' || [process.env['DISPLAY'], process.env['WAYLAND_DISPLAY']].some((display) => display);
}

/** @param {string} command @param {readonly string[]} words @returns {Promise<number>} the exit code */
function runToEnd(command, words) {
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd: root, stdio: 'inherit' });
    // Ctrl+C reaches both; this process waits for what the other still has to write. A signal to this one alone is passed on.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** @param {string} executable @returns {Promise<boolean>} false if it could not start */
async function openDesktop(executable) {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  if (asRoot)
    console.log("Started as root, where Chromium's sandbox cannot be had: running without it. Start Hebb as an ordinary user to have it.");
  const started = Date.now();
  const code = await runToEnd(executable, [...(asRoot ? ['--no-sandbox'] : []), root]);
  if (code !== 0 && Date.now() - started < startTime) return false;
  process.exitCode = code;
  return true;
}

/** @param {{ open: boolean, port: string | undefined }} options */
async function openWeb({ open, port }) {
  process.exitCode = await runToEnd(process.execPath, [
    'out/web/web.js',
    ...(open ? ['--open'] : []),
    ...(port === undefined ? [] : ['--port', port]),
  ]);
}

/** @returns {Promise<{ path: string } | { reason: string }>} */
async function electron() {
  const found = findElectron();
  if (found !== null) return { path: found };
  if (process.env['ELECTRON_OVERRIDE_DIST_PATH']) return { reason: 'ELECTRON_OVERRIDE_DIST_PATH names a folder without it' };
  console.log(`Fetching the runtime of Electron ${wantedVersion()}, once …`);
  let told = 0;
  return fetchElectron((megabytes) => {
    if (megabytes >= told + 20) {
      told = megabytes;
      console.log(`  ${megabytes} MB`);
    }
  });
}

/** @param {{ web: boolean, port: string | undefined }} options */
async function start({ web, port }) {
  const display = hasDisplay();
  const wantsDesktop = display && !web;
  const [runtime] = await Promise.all([
    wantsDesktop ? electron() : { reason: '' },
    build(['renderer', 'desktop', 'web'], { ifStale: true, log: (line) => console.log(line) }),
  ]);
  if (!display) {
    console.log('There is no display here, so no window can open: open the address below in a browser of this machine.');
  } else if ('path' in runtime) {
    if (await openDesktop(runtime.path)) return;
    console.log('Electron could not start here (its own words are above), so Hebb opens in the browser instead.');
  } else if (!web) {
    console.log(`The runtime of Electron is not available: ${runtime.reason}.`);
    console.log(
      'Hebb opens in the browser instead; the workbench is the same. It needs a browser with WebGPU (a current Chrome, Edge or Safari).',
    );
  }
  await openWeb({ open: display, port });
}

const { values } = parseArgs({ options: { web: { type: 'boolean', default: false }, port: { type: 'string' } } });
await start({ web: values.web, port: values.port });
