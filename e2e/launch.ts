/**
 * Starts Hebb in one of its windowed shells, as a person would but with WebGPU on SwiftShader, so that it runs on
 * machines without a graphics device. It knows nothing of what a spec does with the page.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { _electron, chromium, type BrowserContext, type ElectronApplication, type Page } from '@playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A shell that runs, until it is quit (as by its window's close button) or killed (as by a power cut). */
export interface RunningShell {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Of the desktop shell. */
  readonly electron: ElectronApplication | null;
  readonly quit: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

export interface LaunchOptions {
  /** HEBB_HOME. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Called before the page has run anything. */
  readonly observe: (context: BrowserContext) => Promise<void>;
}

const softwareGraphics = [
  '--ignore-gpu-blocklist',
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-webgpu-adapter=swiftshader',
];
const quietChromium = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
/** Chromium refuses to sandbox itself as root, where the tests may have to run. */
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export function electronExecutable(): string | null {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const folder = override ?? join(root, 'node_modules/electron/dist');
  const names = ['electron', 'electron.exe', 'Electron.app/Contents/MacOS/Electron'];
  return names.map((name) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

function chromiumExecutable(): string {
  const candidates = [
    process.env['HEBB_CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found === undefined) throw new Error('No Chromium for the web shell: install it, or name one in HEBB_CHROMIUM.');
  return found;
}

function environmentOf(options: LaunchOptions): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(inherited), ...options.environment, HEBB_HOME: options.home };
}

export async function launchDesktop(options: LaunchOptions): Promise<RunningShell> {
  const executablePath = electronExecutable();
  if (executablePath === null) throw new Error('No Electron: set ELECTRON_OVERRIDE_DIST_PATH, or run npx install-electron --no.');
  const electron = await _electron.launch({
    executablePath,
    args: [...asRoot, ...softwareGraphics, '--use-vulkan=swiftshader', '--use-angle=swiftshader', ...quietChromium, root],
    env: environmentOf(options),
    cwd: root,
  });
  const context = electron.context();
  await options.observe(context);
  const page = await electron.firstWindow();
  await page.waitForLoadState('load');
  const main = electron.process();
  return {
    page,
    context,
    electron,
    quit: () => electron.close(),
    kill: () => killed(main),
  };
}

export async function launchWeb(options: LaunchOptions): Promise<RunningShell> {
  const server = spawn(process.execPath, ['out/web/web.js'], {
    cwd: root,
    env: environmentOf(options),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await printedAddress(server);
  const browser = await chromium.launch({ executablePath: chromiumExecutable(), args: [...asRoot, ...softwareGraphics, ...quietChromium] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await options.observe(context);
  const page = await context.newPage();
  await page.goto(address);
  return {
    page,
    context,
    electron: null,
    quit: async () => {
      // The page is left as by closing its tab, so that it can say what it has not saved yet.
      const closed = page.waitForEvent('close');
      page.once('dialog', (dialog) => void dialog.accept());
      await page.close({ runBeforeUnload: true });
      await closed;
      await context.close();
      await browser.close();
      await ended(server, 'SIGTERM');
    },
    kill: async () => {
      await killed(server);
      await browser.close();
    },
  };
}

async function printedAddress(server: ChildProcess): Promise<string> {
  if (server.stdout === null) throw new Error('The web shell was started without a pipe for its output.');
  for await (const line of createInterface({ input: server.stdout })) {
    const address = /http:\/\/127\.0\.0\.1:\S+/.exec(line)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error(`The web shell ended (${String(server.exitCode)}) without printing its address.`);
}

const killed = (child: ChildProcess): Promise<void> => ended(child, 'SIGKILL');

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill(signal);
  });
}
