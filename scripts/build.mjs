// Builds the parts of Hebb into out/:  node scripts/build.mjs [renderer desktop web cli] [--if-stale]
// A part is stale when the content of its sources changed. It is built beside and then moved into place, so that a
// build that fails or is interrupted leaves the old one.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'out');

/** @typedef {'renderer' | 'desktop' | 'web' | 'cli'} Target */

/** What each part is made of, besides package-lock.json and the build itself. @type {Record<Target, string[]>} */
const sources = {
  renderer: ['renderer', 'compute', 'main/contract', 'resources', 'vite.config.ts'],
  desktop: ['main', 'compute', 'resources'],
  web: ['main', 'compute', 'resources'],
  cli: ['main', 'compute', 'resources'],
};

export const targets = /** @type {Target[]} */ (Object.keys(sources));

/** @param {string} path @returns {string[]} */
function filesBelow(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  const names = [];
  for (const entry of readdirSync(full, { withFileTypes: true })) {
    if (entry.isDirectory()) names.push(...filesBelow(`${path}/${entry.name}`));
    else if (entry.isFile() && !/\.test\.ts$|\.py$|\.md$/.test(entry.name)) names.push(`${path}/${entry.name}`);
  }
  return names.sort();
}

/** @param {Target} target */
function fingerprint(target) {
  const hash = createHash('sha256');
  const named = sources[target].flatMap((path) => (/\.\w+$/.test(path) ? [path] : filesBelow(path)));
  for (const name of [...named, 'package-lock.json', 'scripts/build.mjs']) {
    hash.update(name).update('\0');
    if (existsSync(join(root, name))) hash.update(readFileSync(join(root, name)));
  }
  return hash.digest('hex');
}

/** @param {Target} target */
const stampOf = (target) => join(out, target, '.sources');

/** @param {Target} target */
export function isStale(target) {
  return !existsSync(stampOf(target)) || readFileSync(stampOf(target), 'utf8') !== fingerprint(target);
}

/**
 * One file for Node from one entry; packages stay outside, what import.meta.glob names comes inside.
 * @param {{ entry: string, folder: string, file: string, format: 'es' | 'cjs', inlinePackages?: boolean }} part
 */
async function buildForNode({ entry, folder, file, format, inlinePackages = false }) {
  const { build } = await import('vite');
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: inlinePackages ? true : [], external: ['electron'], target: 'node' },
    build: {
      ssr: join(root, entry),
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      sourcemap: true,
      minify: false,
      copyPublicDir: false,
      rolldownOptions: { output: { format, entryFileNames: file, codeSplitting: false } },
    },
  });
}

/** Threads of the services load it: main/services/threads/start-thread.ts. @param {string} folder */
const buildServiceThread = (folder) =>
  buildForNode({ entry: 'main/services/threads/entry.ts', folder, file: 'service-thread.js', format: 'es' });

/** @type {Record<Target, (folder: string) => Promise<void>>} */
const builders = {
  async renderer(folder) {
    const { build } = await import('vite');
    await build({ configFile: join(root, 'vite.config.ts'), root: join(root, 'renderer'), logLevel: 'warn', build: { outDir: folder } });
  },
  async desktop(folder) {
    await buildForNode({ entry: 'main/desktop.ts', folder, file: 'desktop.js', format: 'es' });
    // A sandboxed preload cannot load modules: one file with everything in it.
    await buildForNode({ entry: 'main/preload/preload.ts', folder, file: 'preload.cjs', format: 'cjs', inlinePackages: true });
    await buildServiceThread(folder);
  },
  async web(folder) {
    await buildForNode({ entry: 'main/web.ts', folder, file: 'web.js', format: 'es' });
    await buildServiceThread(folder);
  },
  async cli(folder) {
    await buildForNode({ entry: 'main/cli.ts', folder, file: 'cli.js', format: 'es' });
    // A thread of the CPU device loads it: main/cli/threads.ts.
    await buildForNode({ entry: 'main/cli/thread.ts', folder, file: 'thread.js', format: 'es' });
    await buildServiceThread(folder);
  },
};

/** Two builds at once may both want the place: whoever comes second replaces the first. @param {string} from @param {string} to */
function moveIntoPlace(from, to) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      rmSync(to, { recursive: true, force: true });
      renameSync(from, to);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

/**
 * @param {readonly Target[]} wanted
 * @param {{ ifStale: boolean, log?: (line: string) => void }} options
 */
export async function build(wanted, { ifStale, log = console.error }) {
  for (const target of wanted) {
    if (ifStale && !isStale(target)) continue;
    const stamp = fingerprint(target);
    const temporary = join(out, `.building-${target}-${process.pid}`);
    const started = performance.now();
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    try {
      await builders[target](temporary);
      writeFileSync(join(temporary, '.sources'), stamp);
      moveIntoPlace(temporary, join(out, target));
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    log(`built ${target} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2);
  const unknown = words.filter((word) => word !== '--if-stale' && !targets.some((target) => target === word));
  if (unknown.length > 0) {
    console.error(`build: unknown part ${unknown.join(', ')}; there are ${targets.join(', ')}, and --if-stale`);
    process.exit(2);
  }
  const chosen = targets.filter((target) => words.includes(target));
  await build(chosen.length > 0 ? chosen : targets, { ifStale: words.includes('--if-stale') });
}
