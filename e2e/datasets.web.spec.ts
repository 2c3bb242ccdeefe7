/** A data set as a whole: what stands in two splits is told and kept together; named, divided anew, taken away and brought back. */
import type { Locator, Page } from '@playwright/test';
import { clean } from './accessible';
import { expect, test } from './fixtures';
import { button, dropFiles, progress, reachStep, ready } from './workbench';

/** 300 points in two classes, and the first 100 of them again. */
function points(): string {
  const rows = Array.from(
    { length: 300 },
    (_, index) => `${(index * 0.37).toFixed(2)},${((index * 7) % 50).toFixed(2)},${index % 3 === 0 ? 'a' : 'b'}`,
  );
  return ['x,y,class', ...rows, ...rows.slice(0, 100)].join('\n');
}

/** The bundled data set that is open at the start, in the browser of data. */
async function browseMnist(page: Page): Promise<{ readonly browser: Locator; readonly grid: Locator }> {
  await ready(page);
  await page.getByRole('tab', { name: 'Browser', exact: true }).click();
  const browser = page.getByRole('region', { name: 'Browser', exact: true });
  await expect(browser.getByText('70,000 of 70,000')).toBeVisible();
  return { browser, grid: browser.getByRole('listbox', { name: 'Samples' }) };
}

test('a data set with samples that repeat is divided so that they stay together, renamed, removed and brought back', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await dropFiles(page, [{ name: 'points.csv', content: Buffer.from(points()) }]);
  const panel = page.getByRole('region', { name: 'Import data' });
  await panel.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(panel.getByText(/^points: samples of 2/)).toBeVisible();

  await panel.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('tab', { name: 'Data', exact: true }).click();
  const data = page.getByRole('tabpanel', { name: 'Data', exact: true });
  const warning = data.getByText(/samples stand in more than one split/);
  await expect(warning).toBeVisible();
  const choose = async (name: string): Promise<void> => {
    await data.getByRole('button', { name: 'More for this data set' }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  await choose('Divide anew…');
  const divide = page.getByRole('dialog', { name: 'Divide the samples anew' });
  await expect(divide.getByRole('switch', { name: 'Keep together what is the same' })).toBeChecked();
  await clean(page, 'dividing anew');
  await divide.getByLabel('Test', { exact: true }).fill('30');
  await divide.getByRole('button', { name: 'Divide', exact: true }).click();
  await expect(warning).toBeHidden();
  await expect(page.getByText('points was divided anew.')).toBeVisible();
  await page.getByRole('button', { name: 'Undo', exact: true }).last().click();
  await expect(warning).toBeVisible();

  await choose('Rename…');
  await page.getByRole('textbox', { name: 'Name' }).fill('Dots');
  await page.keyboard.press('Enter');
  const chooser = data.getByRole('combobox', { name: 'Data set', exact: true });
  await expect(chooser.locator('option:checked')).toHaveText('Dots');
  await choose('Remove');
  await expect(data.getByText(/There is no data set/)).toBeVisible();
  await page.getByRole('button', { name: 'Undo', exact: true }).last().click();
  await expect(page.getByText('Dots is back.')).toBeVisible();
  await expect(chooser.locator('option:checked')).toHaveText('Dots');
  await expect(warning).toBeVisible();
});

test('what the network is asked about all samples goes on where an edit opens the data anew', async ({ app }) => {
  const { page } = app;
  const { browser, grid } = await browseMnist(page);
  await browser.getByRole('button', { name: 'Predict', exact: true }).click();
  await expect(browser.getByRole('button', { name: /^Predicting, / })).toBeVisible();
  // Of the bundled data a copy is made, which takes their place.
  await grid.press('Home');
  await grid.press('Delete');
  await expect(page.getByText(/^MNIST \(2\)/).first()).toBeVisible();
  const answers = browser.getByRole('combobox', { name: 'Predicted class' });
  const asking = browser.getByRole('button', { name: /^Predicting, / });
  // Only answers that are whole leave the choice of predicted classes without anybody asking.
  await expect.poll(async () => (await answers.isVisible()) && !(await asking.isVisible()), { timeout: 60_000 }).toBe(true);
});

test('training has the samples as they were edited in the moment before', async ({ app }) => {
  const { page } = app;
  const { grid } = await browseMnist(page);
  /** Pressed in one moment: between two of a person's presses the data could be on their way already, and the button disabled. */
  const excludeManyAndPress = async (name: string): Promise<void> => {
    for (let pages = 0; pages < 8; pages++) await grid.press('Shift+PageDown');
    await expect(button(page, name)).toBeEnabled();
    const start = await button(page, name).elementHandle();
    await grid.evaluate((element, pressed) => {
      element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Delete', bubbles: true }));
      if (pressed instanceof HTMLElement) pressed.click();
    }, start);
  };

  // Of the bundled data a copy is made first, which takes their place.
  await grid.press('Home');
  await excludeManyAndPress('Train');
  const { steps } = await reachStep(page, 3);
  expect(steps).toBeLessThan(Math.ceil(54_000 / 64));
  await button(page, 'Pause').click();

  await expect(button(page, 'Resume')).toBeEnabled();
  const { step } = await reachStep(page, 3);
  await excludeManyAndPress('Resume');
  await expect.poll(async () => (await progress(page))?.steps, { timeout: 60_000 }).toBeLessThan(steps);
  await reachStep(page, step + 3);
});
