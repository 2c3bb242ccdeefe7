/** A regression from a table to its errors: prices far from 0 are learnt in a few epochs, and told in their own units. */
import { clean } from './accessible';
import { expect, test } from './fixtures';
import { button, computeOn, dropFiles, ready } from './workbench';

/** Houses whose price follows from their size, rooms and side of the town, in thousands. */
function houses(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const area = 40 + ((index * 37.7) % 160);
    const rooms = 1 + ((index * 11) % 6);
    const north = index % 3 === 0;
    const price = 150_000 + 2_500 * area + 20_000 * rooms + (north ? 90_000 : 0) + 3_000 * Math.sin(index);
    return `${area.toFixed(1)},${String(rooms)},${north ? 'north' : 'south'},${price.toFixed(0)}`;
  });
  return ['area,rooms,side,price', ...rows].join('\n');
}

test('prices of houses are imported, the network is fitted by one click, trains, and tells R² and errors', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await computeOn(page, 'CPU');
  await dropFiles(page, [{ name: 'houses.csv', content: Buffer.from(houses(2000)) }]);
  const panel = page.getByRole('region', { name: 'Import data' });
  await panel.getByLabel('Task', { exact: true }).selectOption('regression');
  await panel.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(panel.getByText(/^houses: samples of 4/)).toBeVisible();
  await panel.getByRole('button', { name: 'Replace the network' }).click();
  await page.getByRole('tab', { name: 'Training', exact: true }).click();
  const settings = page.getByRole('form', { name: 'Training settings' });
  await settings.locator('summary', { hasText: 'Standardise targets' }).click();
  await expect(settings.getByRole('switch', { name: 'Standardise targets' })).toBeChecked();
  await button(page, 'Train').click();
  await expect(page.getByRole('status', { name: 'Training status' })).toContainText('epoch 5/5', { timeout: 60_000 });

  await page.getByRole('tab', { name: 'Results', exact: true }).click();
  const results = page.getByRole('region', { name: 'Results', exact: true });
  const row = results.getByRole('row', { name: /^price/ });
  await expect
    .poll(async () => Number((await row.getByRole('cell').last().textContent()) ?? NaN), { timeout: 30_000 })
    .toBeGreaterThan(0.5);
  // In the units of the data: far from those of deviations, and less than what prices vary by.
  const error = Number(((await row.getByRole('cell').first().textContent()) ?? '').replaceAll(',', ''));
  expect(error).toBeGreaterThan(100);
  expect(error).toBeLessThan(120_000);
  await clean(page, 'results of a regression');
});
