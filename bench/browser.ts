/** Opens the engines in one page of a headless Chromium, all on the same adapter. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from '@playwright/test';
import { build } from 'vite';
import type { OpenEngines } from './engine-calls';

const candidates = [
  process.env['HEBB_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
const graphics = ['--ignore-gpu-blocklist', '--enable-unsafe-webgpu', '--enable-features=Vulkan'];

function launch(software: boolean): Promise<Browser> {
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

/** The engines as one script. */
async function bundle(root: string): Promise<string> {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 8000,
      rolldownOptions: { input: 'bench/page.ts', output: { format: 'es', codeSplitting: false } },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((result) => ('output' in result ? result.output : []));
  const chunk = outputs.find((output) => output.type === 'chunk');
  if (chunk === undefined) throw new Error('the page of the engines could not be built');
  return chunk.code;
}

/** Secure by its name, answered by no server; isolated, so that its clock is fine. */
const origin = 'http://localhost:4321/';
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

async function openOn(software: boolean, script: string): Promise<OpenEngines | null> {
  const browser = await launch(software);
  const page = await browser.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') process.stderr.write(`page: ${message.text()}\n`);
  });
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  await page.route(`${origin}**`, (route) =>
    route.fulfill(
      route.request().url().endsWith('.js')
        ? { contentType: 'text/javascript', headers: isolation, body: script }
        : { contentType: 'text/html', headers: isolation, body: '<!doctype html><script type="module" src="/page.js"></script>' },
    ),
  );
  await page.goto(origin);
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
  const script = await bundle(root);
  const opened = (software ? null : await openOn(false, script)) ?? (await openOn(true, script));
  if (opened === null) throw new Error('this browser offers no WebGPU adapter');
  return opened;
}
