/** A run is looked at as it was at its checkpoints, while another network is drawn: nothing of that one is lost. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { clean } from './accessible';
import { expect, test } from './fixtures';
import { button, computeOn, fillNumber, inspector, newProject, node, nodes, ready, status, training } from './workbench';

const looking = (page: Page) => page.getByRole('region', { name: 'Checkpoint that is looked at' });
const map = (page: Page) => page.getByRole('list', { name: 'Legend' }).locator('..');

test('weights, predictions and maps follow the checkpoint that is looked at, and what is drawn comes back', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await newProject(page, 'Multilayer perceptron', 'Scrubbed');
  await computeOn(page, 'CPU');
  await fillNumber(training(page), 'Epochs', 2);
  await ready(page);
  await button(page, 'Train').click();
  await expect(status(page)).toHaveText(/finished/, { timeout: 90_000 });

  // Another network and other settings than those of the run.
  await node(page, 'dense1').click();
  await page.keyboard.press('Delete');
  await fillNumber(training(page), 'Learning rate', 0.5);
  await expect(nodes(page)).toHaveCount(6);
  await expect(status(page)).toHaveText(/finished/);
  const before = await status(page).textContent();

  await page.getByRole('button', { name: 'Runs', exact: true }).first().click();
  await page.getByRole('button', { expanded: false, name: /finished.*Adam/ }).click();
  await button(page, 'Look at it').click();
  await expect(looking(page)).toContainText('epoch 2, step 844');
  await expect(nodes(page)).toHaveCount(7);
  await expect(training(page).getByRole('spinbutton', { name: 'Learning rate' })).toHaveValue('0.001');
  await expect(training(page).getByRole('spinbutton', { name: 'Learning rate' })).toBeDisabled();
  await expect(button(page, 'Train')).toBeDisabled();
  await expect(button(page, 'Back to your network').first()).toBeEnabled();
  await clean(page, 'looking at a checkpoint');

  // A map of a layer that is only in that network, along the slider by keyboard.
  await page.getByRole('tab', { name: 'Browser', exact: true }).click();
  await button(page, 'Map').click();
  await page.getByRole('combobox', { name: 'Compared by' }).selectOption('dense1');
  await page.getByRole('combobox', { name: 'How many samples' }).selectOption({ label: '250 samples' });
  await button(page, 'Draw map').first().click();
  await expect(map(page)).toContainText('As at epoch 2, step 844');
  const scrub = looking(page).getByRole('slider', { name: 'Checkpoint' });
  await scrub.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(looking(page)).toContainText('epoch 1, step 422');
  await expect(map(page)).toContainText('As at epoch 1, step 422');
  await expect(scrub).toBeFocused();

  // Nothing can be changed, and saving saves what was drawn.
  await node(page, 'dense1').click();
  await page.keyboard.press('Delete');
  await expect(nodes(page)).toHaveCount(7);
  await expect(inspector(page).getByRole('spinbutton', { name: 'Units' })).toBeDisabled();
  await button(page, 'Save').click();
  await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
  const saved = JSON.parse(await readFile(join(app.home, 'projects', 'Scrubbed', 'project.json'), 'utf8')) as {
    document: { nodes: unknown[] };
  };
  expect(saved.document.nodes).toHaveLength(6);

  await button(page, 'Back to your network').first().click();
  await expect(looking(page)).toBeHidden();
  await expect(nodes(page)).toHaveCount(6);
  await expect(status(page)).toHaveText(before ?? '');
  await expect(page.getByText(/has no layer dense1, so the map stays/)).toBeVisible();
  // Of the drawn network's own edits the last one is undone first.
  await page.getByRole('tab', { name: 'Training', exact: true }).click();
  await expect(training(page).getByRole('spinbutton', { name: 'Learning rate' })).toHaveValue('0.5');
  await button(page, 'Undo').click();
  await expect(training(page).getByRole('spinbutton', { name: 'Learning rate' })).toHaveValue('0.001');
  await button(page, 'Undo').click();
  await expect(nodes(page)).toHaveCount(7);
});
