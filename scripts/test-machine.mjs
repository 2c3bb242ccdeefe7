// What the tests need of the machine besides node_modules: looked for, installed from Debian where that is allowed, otherwise named.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** @typedef {{ what: string, packages: string[], present: () => boolean }} Need */

/** @param {string} command */
const onPath = (command) => (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));

/** Debian's Python sees Debian's packages; another python3 on the PATH may not. @param {string} module */
const pythonHas = (module) => spawnSync('/usr/bin/python3', ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;

const chromiumPlaces = [
  process.env['HEBB_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** @type {Need[]} */
const needs = [
  {
    what: 'Chromium (the web shell, and SwiftShader for WebGPU in Node)',
    packages: ['chromium'],
    present: () => chromiumPlaces.some((place) => place !== undefined && existsSync(place)),
  },
  {
    what: 'PyTorch for /usr/bin/python3 (the referee of the parity tests)',
    packages: ['python3-torch', 'libopenblas0-pthread'],
    present: () => pythonHas('torch'),
  },
  { what: 'NumPy for /usr/bin/python3', packages: ['python3-numpy'], present: () => pythonHas('numpy') },
  { what: 'ONNX for /usr/bin/python3 (checks the exports)', packages: ['python3-onnx'], present: () => pythonHas('onnx') },
  {
    what: 'h5py and Pillow for /usr/bin/python3 (write files that Hebb reads, read files that Hebb writes)',
    packages: ['python3-h5py', 'python3-pil'],
    present: () => pythonHas('h5py') && pythonHas('PIL'),
  },
  {
    what: "the ONNX project's own node tests",
    packages: ['libonnx-testdata'],
    present: () => existsSync('/usr/share/libonnx-testdata/data/node'),
  },
  {
    what: 'a display, or Xvfb for a virtual one (the Electron window)',
    packages: ['xvfb', 'xauth'],
    present: () => process.platform !== 'linux' || Boolean(process.env['DISPLAY']) || onPath('Xvfb'),
  },
];

/** Why nothing can be installed here, or the words before apt-get. @returns {{ prefix: string[] } | { reason: string }} */
function installer() {
  if (process.platform !== 'linux' || !onPath('apt-get')) return { reason: 'there is no apt-get on this machine' };
  if (process.getuid?.() === 0) return { prefix: [] };
  if (onPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return { prefix: ['sudo', '-n'] };
  return { reason: 'this needs root, or sudo without a password' };
}

/** @param {string[]} prefix @param {string[]} words */
function aptGet(prefix, words) {
  const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...words];
  // The list above is never empty.
  return spawnSync(/** @type {string} */ (command), rest, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

/** @returns {boolean} whether all is there now; says what was installed or is missing */
export function prepareMachine() {
  const missing = needs.filter(({ present }) => !present());
  if (missing.length === 0) return true;
  const packages = missing.flatMap((need) => need.packages);
  const way = installer();
  if ('prefix' in way) {
    console.log(`Installing from Debian: ${packages.join(' ')}`);
    // Recommended packages are left out, but for what torch needs to load, which is named above.
    const done = aptGet(way.prefix, ['update']) && aptGet(way.prefix, ['install', '-y', '--no-install-recommends', ...packages]);
    if (!done) console.log('apt-get did not succeed.');
  } else {
    console.log(`Nothing can be installed here: ${way.reason}.`);
  }
  const stillMissing = needs.filter(({ present }) => !present());
  for (const { what, packages: names } of stillMissing) console.log(`Missing: ${what}. On Debian: apt-get install ${names.join(' ')}`);
  return stillMissing.length === 0;
}
