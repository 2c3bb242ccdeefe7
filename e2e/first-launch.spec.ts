/** From the first start to visible learning. */
import { expect, test } from './fixtures';
import { button, deviceButton, network, nodes, progress, reachStep, ready, status, training } from './workbench';

test('the first launch shows LeNet-5 on MNIST, and it learns', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await expect(nodes(page)).toHaveCount(13);
  await expect(network(page).getByRole('button', { name: /^Conv 2D conv1, output 6×28×28/ })).toBeVisible();
  // There is no GPU but in software: the CPU computes, and says so.
  await expect(deviceButton(page)).toHaveText(/^CPU · /);

  await button(page, 'Train').click();
  await expect(status(page)).toHaveText(/epoch 1\/5 · step [\d,]+\/844 · loss [\d.]+ · accuracy [\d.]+ · [\d,]+ samples\/s/, {
    timeout: 60_000,
  });
  const early = await progress(page);
  const late = await reachStep(page, 120);
  expect(early).not.toBeNull();
  expect(late.loss).toBeLessThan(1);
  expect(late.accuracy).toBeGreaterThan(0.7);
  // The chart has a table with the same numbers.
  await training(page).getByRole('button', { name: /table/i }).first().click();
  await expect(training(page).getByRole('table').first()).toBeVisible();
  await button(page, 'Stop').click();
  await expect(button(page, 'Train')).toBeEnabled();
});
