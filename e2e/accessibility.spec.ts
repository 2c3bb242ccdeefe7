/** axe finds nothing on any view, in light and in dark. */
import { clean } from './accessible';
import { expect, test } from './fixtures';
import { button, deviceButton, node, reachStep, ready } from './workbench';

for (const theme of ['light', 'dark'] as const) {
  test(`every view is accessible in the ${theme} theme`, async ({ app }) => {
    const { page } = app;
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await ready(page);
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await button(page, 'Train').click();
    await reachStep(page, 4);
    await button(page, 'Pause').click();
    await expect(button(page, 'Resume')).toBeEnabled();

    await clean(page, 'the start');
    await deviceButton(page).click();
    await clean(page, 'the device');
    await page.keyboard.press('Escape');
    await node(page, 'conv1').click();
    for (const tab of ['Parameters', 'Weights', 'Activations', 'Gradients', 'Help']) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      await clean(page, `the inspector's ${tab}`);
    }
    for (const tab of ['Data', 'Runs', 'Layers']) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      await clean(page, tab);
    }
    for (const tab of ['Results', 'Sample', 'Attack', 'Problems', 'Training']) {
      await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      await clean(page, tab);
    }
    for (const section of ['Learning rate schedule', 'Gradient and weights', 'Stopping', 'Seed and order'])
      await page.getByRole('form', { name: 'Training settings' }).locator('summary', { hasText: section }).click();
    await page.getByRole('switch', { name: 'Early stopping' }).click();
    await clean(page, 'all settings');
    for (const entry of ['New project…', 'Open project…', 'Save as…', 'Export…']) {
      await page.getByRole('button', { name: /^Project: / }).click();
      await page.getByRole('menuitem', { name: entry }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      // Its templates are fetched; only then can one be created.
      if (entry === 'New project…') await expect(page.getByRole('dialog').locator('button.primary')).toBeEnabled();
      await clean(page, entry);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toBeHidden();
    }
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await clean(page, 'the commands');
  });
}
