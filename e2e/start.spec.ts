/** Hebb starts in its shell, with its page, a graphics adapter and its worker's origin. */
import { expect, test } from './fixtures';
import { ready } from './workbench';

test('the workbench opens with a network', async ({ app }) => {
  await expect(app.page).toHaveTitle(/Hebb/);
  await expect(app.page.getByRole('region', { name: 'Network' })).toBeVisible();
  await expect(app.page.getByRole('button', { name: 'Train', exact: true })).toBeVisible();
});

test('the page finds a WebGPU adapter', async ({ app }) => {
  const found = await app.page.evaluate(async () => (await navigator.gpu.requestAdapter()) !== null);
  expect(found).toBe(true);
});

test('what is fetched for the page carries the content policy', async ({ app }) => {
  const policy = await app.page.evaluate(async () => (await fetch('/')).headers.get('content-security-policy'));
  expect(policy).toContain("default-src 'none'");
  // WebAssembly may be compiled, as kernels for the CPU are; nothing else that is unsafe may be done.
  expect(policy?.match(/'[^']*unsafe[^']*'/g)).toEqual(["'wasm-unsafe-eval'"]);
});

test('page and engine are isolated, so that threads can share memory, and may compile WebAssembly', async ({ app }) => {
  const look = () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    // The smallest module there is: its magic number and version.
    const compiled = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) instanceof WebAssembly.Module;
    return { isolated: crossOriginIsolated, shared: memory.buffer instanceof SharedArrayBuffer, compiled };
  };
  const expected = { isolated: true, shared: true, compiled: true };
  expect(await app.page.evaluate(look)).toEqual(expected);
  // The engine's worker has its policy once its script is there.
  await ready(app.page);
  expect(app.page.workers().length).toBeGreaterThan(0);
  for (const worker of app.page.workers()) expect(await worker.evaluate(look)).toEqual(expected);
});

test('Hebb can be quit and started again, and killed and started again', async ({ app }) => {
  await expect(app.page.getByRole('region', { name: 'Network' })).toBeVisible();
  await app.restart();
  await expect(app.page.getByRole('region', { name: 'Network' })).toBeVisible();
  await app.kill();
  await app.restart();
  await expect(app.page.getByRole('region', { name: 'Network' })).toBeVisible();
});
