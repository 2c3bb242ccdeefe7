/** What the page of the desktop shell can and cannot reach. */
import { contractCalls } from '../main/contract/contract';
import { expect, test } from './fixtures';

test('the page has nothing of Node', async ({ app }) => {
  const found = await app.page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global', '__dirname'].filter((name) => name in globalThis),
  );
  expect(found).toEqual([]);
});

test("the bridge has exactly the contract's functions, and one that gives files", async ({ app }) => {
  const bridge = await app.page.evaluate(() => {
    const hebb: unknown = Reflect.get(globalThis, 'hebb');
    return typeof hebb === 'object' && hebb !== null ? Object.entries(hebb).map(([name, value]) => [name, typeof value]) : [];
  });
  expect(bridge.toSorted()).toEqual([...contractCalls, 'giveFiles'].map((call) => [call, 'function']).toSorted());
});

test('the bridge cannot be changed by the page', async ({ app }) => {
  const changed = await app.page.evaluate(() => {
    const hebb: unknown = Reflect.get(globalThis, 'hebb');
    if (typeof hebb !== 'object' || hebb === null) return true;
    return Reflect.set(hebb, 'settings.read', 'other') || Reflect.set(globalThis, 'hebb', 'other');
  });
  expect(changed).toBe(false);
});

test('the page can give no file but those that a person gave it', async ({ app }) => {
  const answers = await app.page.evaluate(async () => {
    const hebb = Reflect.get(globalThis, 'hebb') as { giveFiles: (files: unknown) => Promise<unknown> };
    const made = new File(['x'], '/etc/passwd');
    const disguised = Object.defineProperties(new File(['x'], 'passwd'), {
      path: { value: '/etc/passwd' },
      webkitRelativePath: { value: 'etc/passwd' },
    });
    const tries: unknown[] = [
      [],
      [made],
      [disguised],
      ['/etc/passwd'],
      [{ path: '/etc/passwd', relative: '' }],
      [null],
      '/etc/passwd',
      null,
    ];
    return Promise.all(tries.map((files) => hebb.giveFiles(files).catch(() => 'refused')));
  });
  for (const answer of answers) expect(answer === 'refused' || JSON.stringify(answer) === '{"ok":true,"value":null}').toBe(true);
});

test('a malformed call is answered with an error value', async ({ app }) => {
  const answer = await app.page.evaluate(async () => {
    const hebb = Reflect.get(globalThis, 'hebb') as Record<string, (request: unknown) => Promise<unknown>>;
    return hebb['projects.open']?.({ token: '../../etc/passwd' });
  });
  expect(answer).toMatchObject({ ok: false, error: { code: 'contract.invalid-request' } });
});

test('navigation is refused', async ({ app }) => {
  const { page } = app;
  app.tolerate(/Not allowed to load local resource/);
  for (const target of ['https://example.org/', 'file:///etc/passwd', 'hebb://other/']) {
    await page.evaluate((url) => {
      location.href = url;
    }, target);
    // The refusal is made in the main process: it has been made once this request has gone there and back.
    await page.evaluate(async () => (await fetch('/')).status);
    // Playwright waits for the refused navigation to end, which it never does; so the page itself is asked.
    expect(await page.evaluate(() => location.href)).toMatch(/^hebb:\/\/app\//);
    expect(await page.evaluate(() => document.querySelectorAll('button').length)).toBeGreaterThan(0);
  }
});

test('window.open is refused', async ({ app }) => {
  const opened = await app.page.evaluate(
    () => window.open('https://example.org/', '_blank') !== null || window.open('hebb://app/') !== null,
  );
  expect(opened).toBe(false);
  expect(await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('permissions are denied, but for the camera', async ({ app }) => {
  const states = await app.page.evaluate(async () =>
    Promise.all(
      (['geolocation', 'notifications', 'camera', 'microphone'] as const).map(
        async (name) => (await navigator.permissions.query({ name })).state,
      ),
    ),
  );
  expect(states).toEqual(['denied', 'denied', 'granted', 'denied']);
});

test('the network cannot be reached', async ({ app }) => {
  app.tolerate(/Content Security Policy|securitypolicyviolation|violates the following/);
  const reached = await app.page.evaluate(() =>
    fetch('http://127.0.0.1:9/').then(
      () => true,
      () => false,
    ),
  );
  expect(reached).toBe(false);
});

test('paths outside the page are not served', async ({ app }) => {
  app.tolerate(/404/);
  const statuses = await app.page.evaluate(async () =>
    Promise.all(
      ['/../package.json', '/%2e%2e/package.json', '/..%2fdesktop/desktop.js', '/data/unknown-token/x', '/.sources'].map(
        async (path) => (await fetch(path)).status,
      ),
    ),
  );
  expect(statuses).toEqual([404, 404, 404, 404, 404]);
});
