/** Which device trains: chosen by trying both where the GPU is software, named in the status bar, and changed between steps. */
import { expect, test } from './fixtures';
import { button, computeOn, deviceButton, newLongTraining, progress, reachStep, ready } from './workbench';

test('without a GPU the CPU trains by itself and says so; the person moves the training to WebGPU and back', async ({ app }) => {
  const { page } = app;
  await ready(page);
  // SwiftShader is all the GPU that there is.
  await expect(deviceButton(page)).toHaveText(/^CPU · \d+ threads?$/);
  await newLongTraining(page, 'Anywhere');
  await button(page, 'Train').click();
  await reachStep(page, 5);
  await expect(deviceButton(page)).toHaveText(/^CPU · \d+ threads?$/);
  await expect(page.getByText(/^Training on the CPU: a step takes [\d.]+ ms there, and [\d.]+ ms on WebGPU/)).toBeVisible();
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeEnabled();
  const paused = await progress(page);
  if (!paused) throw new Error('no status');

  await computeOn(page, 'WebGPU');
  await expect(deviceButton(page)).toHaveText('WebGPU: SwiftShader (software)');
  await expect(button(page, 'Step')).toBeEnabled();
  await button(page, 'Step').click();
  await expect.poll(async () => (await progress(page))?.step).toBe(paused.step + 1);
  // What was learned came along: the loss is that of a trained network, not of first weights (ln 10 = 2.3).
  expect((await progress(page))?.loss).toBeLessThan(2);

  await computeOn(page, 'CPU');
  await deviceButton(page).click();
  await page.getByLabel('CPU threads', { exact: true }).selectOption({ label: '1 thread' });
  await expect(deviceButton(page)).toHaveText('CPU · 1 thread');
  await page.keyboard.press('Escape');
  await expect(button(page, 'Resume')).toBeEnabled();
  await button(page, 'Resume').click();
  await reachStep(page, paused.step + 10);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeEnabled();

  const restarted = await app.restart();
  await expect(deviceButton(restarted)).toHaveText('CPU · 1 thread');
});
