/** Pause, step, resume and stop: at once, and exactly. */
import { expect, test } from './fixtures';
import { button, newLongTraining, progress, reachStep, ready, status, stepsDone } from './workbench';

test('training pauses, steps, resumes and stops', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await newLongTraining(page, 'Transport');
  await button(page, 'Train').click();
  await reachStep(page, 5);

  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeEnabled();
  await expect(status(page)).toHaveText(/paused/);
  const done = async (): Promise<number> => {
    const seen = await progress(page);
    return seen ? stepsDone(seen) : -1;
  };
  const paused = await done();
  expect(paused).toBeGreaterThanOrEqual(5);

  await button(page, 'Step').click();
  await expect.poll(done).toBe(paused + 1);
  await expect(button(page, 'Resume')).toBeEnabled();
  await button(page, 'Step').click();
  await expect.poll(done).toBe(paused + 2);

  await expect(button(page, 'Resume')).toBeEnabled();
  await button(page, 'Resume').click();
  await reachStep(page, paused + 10);
  await button(page, 'Stop').click();
  await expect(button(page, 'Train')).toBeEnabled();

  await button(page, 'Reset weights').click();
  await expect(status(page)).toHaveText(/ready to train/);
});

test('a pause that is asked for in the moment in which training begins is heard', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await newLongTraining(page, 'At once');
  for (const name of ['Train', 'Resume', 'Resume']) {
    await button(page, name).click();
    // In the frame in which the button can be pressed: nobody is so fast, but slow machines are so slow.
    await button(page, 'Pause').evaluate(
      (pause: HTMLButtonElement) =>
        new Promise<void>((resolve) => {
          const press = (): void => {
            if (pause.disabled) requestAnimationFrame(press);
            else {
              pause.click();
              resolve();
            }
          };
          press();
        }),
    );
    await expect(button(page, 'Resume')).toBeEnabled();
  }
});
