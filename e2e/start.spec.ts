/** Hebb starts in its shell, with its page, a graphics adapter and its worker's origin. */
import { expect, test } from './fixtures';

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
  expect(policy).not.toContain('unsafe');
});

test('Hebb can be quit and started again, and killed and started again', async ({ app }) => {
  await expect(app.page.getByRole('region', { name: 'Network' })).toBeVisible();
  await app.restart();
  await expect(app.page.getByRole('region', { name: 'Network' })).toBeVisible();
  await app.kill();
  await app.restart();
  await expect(app.page.getByRole('region', { name: 'Network' })).toBeVisible();
});
