// Finds Electron's runtime, or fetches it the way its package does, without ever hanging on a network that swallows it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const electronPackage = fileURLToPath(new URL('../node_modules/electron', import.meta.url));
const executables = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };
const executable = process.platform === 'darwin' || process.platform === 'win32' ? executables[process.platform] : 'electron';

/** Bytes that did not come for so long will not come. */
const stalledAfter = 6000;

/** @returns {string | null} the executable; ELECTRON_OVERRIDE_DIST_PATH names another folder for it, as for Electron's own tools */
export function findElectron() {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override) return existsSync(join(override, executable)) ? join(override, executable) : null;
  const installed = join(electronPackage, 'dist', executable);
  // Its version is written when it has been unpacked as a whole.
  return existsSync(installed) && existsSync(join(electronPackage, 'dist/version')) && existsSync(join(electronPackage, 'path.txt'))
    ? installed
    : null;
}

/** @param {string} folder @returns {number} bytes below it */
function sizeOf(folder) {
  let size = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) size += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return size;
}

/**
 * Runs the package's own fetch as long as something arrives.
 * @param {(megabytes: number) => void} onProgress
 * @returns {Promise<{ path: string } | { reason: string }>}
 */
export function fetchElectron(onProgress) {
  const installer = join(electronPackage, 'install.js');
  if (!existsSync(installer)) return Promise.resolve({ reason: 'its package is not installed (npm ci installs it)' });
  // The download lands in the temporary folder first: with one of its own its growth can be seen.
  const arrivals = mkdtempSync(join(tmpdir(), 'hebb-electron-'));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [installer], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: arrivals, TMP: arrivals, TEMP: arrivals },
    });
    let complaint = '';
    let size = 0;
    let grown = Date.now();
    let stalled = false;
    child.stderr.on('data', (/** @type {Buffer} */ data) => (complaint += data.toString()));
    const watch = setInterval(() => {
      const now = sizeOf(arrivals) + sizeOf(electronPackage);
      if (now !== size) grown = Date.now();
      if (now > size) onProgress(Math.round(sizeOf(arrivals) / 1e6));
      size = now;
      if (Date.now() - grown > stalledAfter) {
        stalled = true;
        child.kill('SIGKILL');
      }
    }, 500);
    child.once('close', (code) => {
      clearInterval(watch);
      rmSync(arrivals, { recursive: true, force: true });
      const path = findElectron();
      if (code === 0 && path !== null) resolve({ path });
      else if (stalled) resolve({ reason: `its download made no progress for ${stalledAfter / 1000} s` });
      else resolve({ reason: `its download failed (${explain(complaint)})` });
    });
  });
}

/** @param {string} complaint what the package's own fetch wrote */
function explain(complaint) {
  if (/fetch failed|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT/.test(complaint))
    return 'the host it comes from cannot be reached';
  const messages = complaint.match(/\w*Error\b[^\n]*/g) ?? [];
  return messages.at(-1)?.trim() ?? 'no reason was given';
}

/** The runtime's version, for a clear word. @returns {string} */
export function wantedVersion() {
  const text = readFileSync(join(electronPackage, 'package.json'), 'utf8');
  /** @type {unknown} */
  const contents = JSON.parse(text);
  // Electron's own package.json has a version.
  return /** @type {{ version: string }} */ (contents).version;
}
