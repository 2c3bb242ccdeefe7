/** One set of specs, run against the Electron window and against the web page; `*.desktop.spec.ts` is for the window alone, `*.web.spec.ts` for the page. */
import { defineConfig } from '@playwright/test';
import type { ShellOptions } from './e2e/fixtures';

export default defineConfig<ShellOptions>({
  testDir: 'e2e',
  globalSetup: './e2e/build-first.ts',
  outputDir: 'test-results',
  // Each shell trains on the machine's one graphics device, often a software one.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: { actionTimeout: 20_000, screenshot: 'off', trace: 'off' },
  projects: [
    { name: 'desktop', use: { shell: 'desktop' }, testIgnore: '**/*.web.spec.ts' },
    { name: 'web', use: { shell: 'web' }, testIgnore: '**/*.desktop.spec.ts' },
  ],
});
