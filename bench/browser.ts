/** Opens the engines in one page of a headless Chromium, all on the same adapter, or in a worker of it, all on the CPU. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import { build } from 'vite';
import { adapterText, type OpenEngines } from './engine-calls';

const candidates = [
  process.env['HEBB_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
// The last for clocks of the device that are not made coarse.
const graphics = ['--ignore-gpu-blocklist', '--enable-unsafe-webgpu', '--enable-features=Vulkan', '--enable-webgpu-developer-features'];

/** A headless Chromium with WebGPU. */
export function launch(software: boolean): Promise<Browser> {
  const executablePath = candidates.find((path) => path !== undefined && existsSync(path));
  return chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      ...graphics,
      ...quiet,
      ...(software ? ['--use-webgpu-adapter=swiftshader'] : []),
      // Chromium refuses to sandbox itself as root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
}

interface Scripts {
  readonly root: string;
  readonly main: string;
  /** Those that it starts workers with, by path. */
  readonly others: ReadonlyMap<string, string>;
}

/** The engines as one script. */
async function bundle(root: string, input: string): Promise<Scripts> {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    worker: { format: 'es' },
    build: {
      write: false,
      target: 'es2023',
      // Peers give the text of their functions to workers.
      minify: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 8000,
      rolldownOptions: { input, output: { format: 'es', codeSplitting: false } },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((result) => ('output' in result ? result.output : []));
  const chunk = outputs.find((output) => output.type === 'chunk' && output.isEntry);
  if (chunk?.type !== 'chunk') throw new Error('the page of the engines could not be built');
  const others = outputs.flatMap((output) =>
    output === chunk ? [] : [[`/${output.fileName}`, output.type === 'chunk' ? output.code : String(output.source)] as const],
  );
  return { root, main: chunk.code, others: new Map(others) };
}

/** Isolated, so that the page's clock is fine and its threads may share memory. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Serves the scripts on the loopback address (whose pages count as secure): workers of workers ask no page for theirs. */
async function serve({ root, main, others }: Scripts, html: string): Promise<{ readonly origin: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const answer = (type: string, body: string | Buffer): void => {
      response.writeHead(200, { 'Content-Type': type, ...isolation });
      response.end(body);
    };
    if (pathname.startsWith('/wasm/')) {
      const path = join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/wasm-out', basename(pathname));
      void readFile(path).then(
        (bytes) => {
          answer('application/wasm', bytes);
        },
        () => response.writeHead(404).end(),
      );
      return;
    }
    const script = pathname === '/page.js' ? main : others.get(pathname);
    if (script === undefined) answer('text/html', `<!doctype html>${html}`);
    else answer('text/javascript', script);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the page of the engines has no port');
  return {
    origin: `http://localhost:${String(address.port)}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A page on which the main script is `/page.js`; `html` starts it. */
async function openPage(browser: Browser, scripts: Scripts, html: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') process.stderr.write(`page: ${message.text()}\n`);
  });
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  const { origin, close } = await serve(scripts, html);
  browser.on('disconnected', close);
  await page.goto(origin);
  return page;
}

/** In a worker, since a page's own thread may not wait for others. */
export async function openBrowserCpu(root: string, threads: number): Promise<OpenEngines> {
  const scripts = await bundle(root, 'bench/worker.ts');
  const browser = await launch(true);
  const start = `globalThis.engines = new Worker('/page.js?threads=${String(threads)}', { type: 'module' })`;
  const page = await openPage(browser, scripts, `<script type="module">${start}</script>`);
  const find = () => page.workers().find((worker) => worker.url().includes('/page.js'));
  const worker = find() ?? (await page.waitForEvent('worker', (found) => found.url().includes('/page.js')));
  while (!(await worker.evaluate<boolean>('globalThis.engines !== undefined'))) await page.waitForTimeout(50);
  return {
    // What goes in and out is plain data, so JSON carries it.
    call: (name, ...given) => worker.evaluate(`engines.${name}(...${JSON.stringify(given)})`),
    where: `Chromium ${browser.version()}`,
    adapter: adapterText(threads),
    page: null,
    close: () => browser.close(),
  };
}

async function openOn(software: boolean, scripts: Scripts): Promise<OpenEngines | null> {
  const browser = await launch(software);
  const page = await openPage(browser, scripts, '<script type="module" src="/page.js"></script>');
  await page.waitForFunction('globalThis.engines !== undefined');
  // A text, because the types of a page are not those of this file.
  const adapter: string | null = await page.evaluate(
    `navigator.gpu?.requestAdapter().then((adapter) => adapter && [adapter.info.vendor, adapter.info.architecture, adapter.info.device, adapter.info.description].filter(Boolean).join(' ')) ?? null`,
  );
  if (adapter === null) {
    await browser.close();
    return null;
  }
  return {
    // What goes in and out is plain data, so JSON carries it.
    call: (name, ...given) => page.evaluate(`engines.${name}(...${JSON.stringify(given)})`),
    where: `Chromium ${browser.version()}`,
    adapter: /swiftshader/i.test(adapter) ? 'SwiftShader' : adapter,
    page,
    close: () => browser.close(),
  };
}

/** On the system's own adapter, or on SwiftShader where it has none or `software` asks for it. */
export async function openBrowser(root: string, software: boolean): Promise<OpenEngines> {
  const scripts = await bundle(root, 'bench/page.ts');
  const opened = (software ? null : await openOn(false, scripts)) ?? (await openOn(true, scripts));
  if (opened === null) throw new Error('this browser offers no WebGPU adapter');
  return opened;
}
