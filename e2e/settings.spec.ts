/** How a network is trained, as a person sets it: schedules, clipping and stopping rules; freezing a layer; a bad number and the way back. */
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { button, fillNumber, inspector, newProject, node, reachStep, ready, status, training } from './workbench';

const settings = (page: Page): Locator => page.getByRole('form', { name: 'Training settings' });
const section = (page: Page, name: string): Locator => settings(page).locator('summary', { hasText: name });

test('a schedule is drawn while it is typed, and a rule ends the training', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await newProject(page, 'Logistic regression', 'Scheduled');
  await ready(page);
  await expect(section(page, 'Learning rate schedule')).toContainText('Constant');
  await section(page, 'Learning rate schedule').click();
  await settings(page).getByLabel('Schedule', { exact: true }).selectOption({ label: 'Cosine' });
  const preview = settings(page).getByRole('figure', { name: 'Learning rate over the training' });
  await preview.getByRole('button', { name: /as a table$/ }).click();
  await expect(preview.getByRole('table')).toContainText('0.000');

  await section(page, 'Stopping').click();
  await settings(page).getByRole('switch', { name: 'Number of steps' }).click();
  await fillNumber(settings(page), 'Steps', 12);
  await section(page, 'Stopping').click();
  await expect(section(page, 'Stopping')).toContainText('Number of steps');
  await button(page, 'Train').click();
  await expect(page.getByText('Training ended at step 12, as the settings ask.')).toBeVisible({ timeout: 60_000 });
  await expect(status(page)).toContainText('finished');
});

test('a number that is none pauses the training, and a step back undoes it', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await newProject(page, 'Multilayer perceptron', 'Too fast');
  await ready(page);
  await settings(page).getByLabel('Optimizer', { exact: true }).selectOption({ label: 'SGD' });
  await fillNumber(settings(page), 'Learning rate', 1000);
  await settings(page).getByLabel('Loss', { exact: true }).selectOption({ label: 'Squared error' });
  await button(page, 'Train').click();
  const notice = training(page).getByRole('group', { name: 'Training paused at a bad number' });
  await expect(notice).toBeVisible({ timeout: 60_000 });
  await expect(notice).toContainText(/NaN|infinity/i);
  await notice.getByRole('button', { name: 'Step back to step 0' }).click();
  await expect(notice).toBeHidden();
  await expect(page.getByText('Back at step 0', { exact: false })).toBeVisible();
});

test('a frozen layer says so on its card, and the others train', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await node(page, 'conv1').click();
  await inspector(page).getByRole('switch', { name: 'Frozen' }).click();
  await expect(node(page, 'conv1')).toHaveAccessibleName(/Frozen/);
  await ready(page);
  await button(page, 'Train').click();
  await reachStep(page, 2);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeEnabled();
  await button(page, 'Undo').click();
  await expect(node(page, 'conv1')).not.toHaveAccessibleName(/Frozen/);
});
