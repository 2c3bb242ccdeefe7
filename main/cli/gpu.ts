/**
 * WebGPU in Node, by the package `webgpu` (Dawn). Where the system has no Vulkan driver of a graphics card, the software adapter
 * that an installed Chromium or Electron carries is used. It knows nothing of the engine.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

export interface NodeGpu {
  readonly gpu: GPU;
  /** The folder of the browser whose software adapter is used; null for the system's own drivers. */
  readonly borrowedFrom: string | null;
}

const icdName = 'vk_swiftshader_icd.json';
const loaderName = 'libvulkan.so.1';
/** dlopen's RTLD_NODELETE on Linux: Node closes what is no Node module, and the loader must stay. */
const keepLoaded = 0x1000;

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []));
  } catch {
    return [];
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function electronFolder(): string[] {
  try {
    return [join(dirname(createRequire(import.meta.url).resolve('electron/package.json')), 'dist')];
  } catch {
    return [];
  }
}

/** Folders of browsers that carry SwiftShader, the most deliberate choice first. */
export function browserFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const override = environment['ELECTRON_OVERRIDE_DIST_PATH'];
  const cache = environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const candidates = [
    ...(override === undefined ? [] : [override]),
    ...electronFolder(),
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/usr/lib64/chromium-browser',
    '/opt/google/chrome',
    '/opt/chromium.org/chromium',
    '/opt/microsoft/msedge',
    '/snap/chromium/current/usr/lib/chromium-browser',
    ...foldersIn(join(cache, 'hebb')),
    ...foldersIn(join(cache, 'ms-playwright')).flatMap((folder) => foldersIn(folder)),
  ];
  return [...new Set(candidates)].filter((folder) => existsSync(join(folder, icdName)));
}

const namesDriver = (environment: NodeJS.ProcessEnv): boolean =>
  ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'].some((name) => environment[name] !== undefined);

/** Whether a Vulkan driver is installed, or named by the environment. Without one the loader need not be asked, and does not complain. */
function systemHasDriver(environment: NodeJS.ProcessEnv): boolean {
  if (namesDriver(environment)) return true;
  const folders = [
    '/etc',
    '/usr/local/etc',
    '/usr/share',
    '/usr/local/share',
    environment['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'),
  ];
  return folders.some((folder) => filesIn(join(folder, 'vulkan/icd.d')).some((file) => file.endsWith('.json')));
}

/** Whether the Vulkan loader is there now; loads it for good. Only for Linux. */
function loadLoader(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_LAZY | keepLoaded);
  } catch (error) {
    // A library that was found is refused because it is no Node module, and stays loaded nevertheless.
    return error instanceof Error && error.message.includes('did not self-register');
  }
  return true;
}

let polite = false;

/**
 * While Dawn waits for the GPU it asks for news in every turn of the event loop, by `setImmediate`, and so keeps a core
 * busy: one of the cores that a software adapter computes on. Its callbacks (native functions) get a millisecond's rest.
 */
function pollPolitely(): void {
  if (polite) return;
  polite = true;
  const original = globalThis.setImmediate;
  const patched = (callback: (...given: unknown[]) => void, ...given: unknown[]): unknown =>
    callback.name === '' && Function.prototype.toString.call(callback).includes('[native code]')
      ? setTimeout(callback, 1, ...given)
      : original(callback, ...given);
  // Typed for all of Node's overloads, of which Dawn uses the plainest.
  globalThis.setImmediate = Object.defineProperties(patched, Object.getOwnPropertyDescriptors(original)) as unknown as typeof setImmediate;
}

/** A GPU whose `requestAdapter` finds an adapter, and whether that is a CPU in truth; or null. */
async function tryCreate(): Promise<{ readonly gpu: GPU; readonly software: boolean } | null> {
  try {
    const { create } = await import('webgpu');
    pollPolitely();
    const gpu = create([]);
    const adapter = await gpu.requestAdapter();
    return adapter && { gpu, software: adapter.info.isFallbackAdapter };
  } catch {
    // No build of Dawn for this platform, or it cannot be loaded.
    return null;
  }
}

/** Opens WebGPU; null where neither the system nor an installed browser has an adapter. */
export async function openNodeGpu(): Promise<NodeGpu | null> {
  if (process.platform !== 'linux') {
    const found = await tryCreate();
    return found && { gpu: found.gpu, borrowedFrom: null };
  }
  const folders = browserFolders();
  const loaded = loadLoader(loaderName) || folders.some((folder) => loadLoader(join(folder, loaderName)));
  if (!loaded) return null;
  const own = systemHasDriver(process.env) ? await tryCreate() : null;
  // Of software adapters the browser's is taken: it is the one that kernels were measured on. Who names a driver means it.
  if (own && (!own.software || namesDriver(process.env))) return { gpu: own.gpu, borrowedFrom: null };
  for (const folder of folders) {
    // Vulkan's loader reads it each time an instance is made.
    const before = process.env['VK_ICD_FILENAMES'];
    process.env['VK_ICD_FILENAMES'] = [join(folder, icdName), ...(before === undefined ? [] : [before])].join(delimiter);
    const found = await tryCreate();
    if (found) return { gpu: found.gpu, borrowedFrom: folder };
    if (before === undefined) delete process.env['VK_ICD_FILENAMES'];
    else process.env['VK_ICD_FILENAMES'] = before;
  }
  return own && { gpu: own.gpu, borrowedFrom: null };
}
