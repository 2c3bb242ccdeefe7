/**
 * `app`: Hebb in the shell of the project, with a home of its own. A spec says what a person does and does not know in
 * which shell; whatever the page logs as an error, throws, or does against the content policy fails the test.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type BrowserContext, type ElectronApplication, type Page } from '@playwright/test';
import { openDisplay, type Display } from './display';
import { launchDesktop, launchWeb, type RunningShell } from './launch';

export interface ShellOptions {
  shell: 'desktop' | 'web';
}

export interface HebbApp {
  readonly shell: ShellOptions['shell'];
  /** Of the shell that runs now. */
  readonly page: Page;
  /** Of the desktop shell that runs now; throws in the web shell. */
  readonly electron: ElectronApplication;
  readonly home: string;
  /** Quits as a person does (unless it was killed) and starts again with the same home. */
  restart(): Promise<Page>;
  /** Ends it at once, without a chance to write anything. */
  kill(): Promise<void>;
  /** Errors of the page that this spec provokes. */
  tolerate(pattern: RegExp): void;
}

interface WorkerFixtures {
  display: Display;
}

export const test = base.extend<ShellOptions & { app: HebbApp }, WorkerFixtures>({
  shell: ['web', { option: true }],

  display: [
    // Playwright reads the fixtures a fixture needs from this pattern; this one needs none.
    async ({}, use) => {
      const display = await openDisplay();
      await use(display);
      display.close();
    },
    { scope: 'worker' },
  ],

  app: async ({ shell, display }, use, testInfo) => {
    const home = await mkdtemp(join(tmpdir(), 'hebb-home-'));
    const problems: string[] = [];
    const tolerated: RegExp[] = [];
    const launch = shell === 'desktop' ? launchDesktop : launchWeb;
    const start = (): Promise<RunningShell> =>
      launch({ home, environment: display.environment, observe: (context) => collectProblems(context, problems) });
    const state: { running: RunningShell | null } = { running: await start() };

    const current = (): RunningShell => {
      const { running } = state;
      if (running === null) throw new Error('Hebb was killed; restart() starts it again.');
      return running;
    };

    await use({
      shell,
      home,
      get page() {
        return current().page;
      },
      get electron() {
        const { electron } = current();
        if (electron === null) throw new Error('Only the desktop shell has an Electron application.');
        return electron;
      },
      restart: async () => {
        await state.running?.quit();
        const started = await start();
        state.running = started;
        return started.page;
      },
      kill: async () => {
        const { context, kill } = current();
        // That its server is gone is no fault of a page.
        context.removeAllListeners('console');
        context.removeAllListeners('weberror');
        await kill();
        state.running = null;
      },
      tolerate: (pattern) => {
        tolerated.push(pattern);
      },
    });

    const last = state.running;
    if (last !== null && testInfo.status !== testInfo.expectedStatus) {
      const screenshot = await last.page.screenshot().catch(() => null);
      if (screenshot !== null) await testInfo.attach('last view', { body: screenshot, contentType: 'image/png' });
    }
    await last?.quit();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
    const unexpected = problems.filter((problem) => !tolerated.some((pattern) => pattern.test(problem)));
    if (unexpected.length > 0) throw new Error(`The page had errors:\n${unexpected.join('\n')}`);
  },
});

export { expect } from '@playwright/test';

async function collectProblems(context: BrowserContext, problems: string[]): Promise<void> {
  context.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (webError) => {
    problems.push(`uncaught: ${webError.error().stack ?? webError.error().message}`);
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
      console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI} at ${sourceFile}:${String(lineNumber)}`);
    });
  });
}
