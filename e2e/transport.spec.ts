/** Pause, step, resume and stop: at once, and exactly. */
import { expect, test } from './fixtures';
import { button, newProject, progress, reachStep, ready, status } from './workbench';

test('training pauses, steps, resumes and stops', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await newProject(page, 'Multilayer perceptron', 'Transport');
  await ready(page);
  await button(page, 'Train').click();
  await reachStep(page, 5);

  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeEnabled();
  await expect(status(page)).toHaveText(/paused/);
  const paused = await progress(page);
  if (!paused) throw new Error('no status');

  await button(page, 'Step').click();
  await expect.poll(async () => (await progress(page))?.step).toBe(paused.step + 1);
  await expect(button(page, 'Resume')).toBeEnabled();
  await button(page, 'Step').click();
  await expect.poll(async () => (await progress(page))?.step).toBe(paused.step + 2);

  await expect(button(page, 'Resume')).toBeEnabled();
  await button(page, 'Resume').click();
  await reachStep(page, paused.step + 10);
  await button(page, 'Stop').click();
  await expect(button(page, 'Train')).toBeEnabled();

  await button(page, 'Reset weights').click();
  await expect(status(page)).toHaveText(/ready to train/);
});
