/** A trained network under the lens: a drawn digit, its activations and saliency, and an image that fools it. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { button, box, computeOn, newLongTraining, reachStep, ready } from './workbench';

async function trainBriefly(page: Page, device: 'Automatic' | 'WebGPU'): Promise<void> {
  await ready(page);
  await computeOn(page, device);
  await newLongTraining(page, 'Looking');
  await button(page, 'Train').click();
  await reachStep(page, 150);
  await button(page, 'Pause').click();
  await expect(button(page, 'Resume')).toBeEnabled();
}

test('a digit is drawn and recognised; its activations and saliency are shown', async ({ app }) => {
  const { page } = app;
  await trainBriefly(page, 'Automatic');
  await page.getByRole('tab', { name: 'Sample' }).click();
  const lens = page.getByRole('region', { name: 'Sample', exact: true });
  await button(page, 'Draw a digit').click();
  const paper = lens.getByRole('img', { name: 'Paper to draw a digit on' });
  const area = await box(paper);
  // A one: a single upright stroke.
  await page.mouse.move(area.x + area.width * 0.52, area.y + area.height * 0.2);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.48, area.y + area.height * 0.8, { steps: 12 });
  await page.mouse.up();

  await expect(lens.getByText('Drawn by hand').or(lens.getByText('Probabilities')).first()).toBeVisible({ timeout: 20_000 });
  const predicted = lens
    .getByRole('group', { name: 'Probabilities' })
    .or(lens.getByRole('list', { name: 'Probabilities' }))
    .or(lens.getByRole('table', { name: 'Probabilities' }))
    .first();
  await expect(predicted).toBeVisible();
  await expect(predicted).toContainText('predicted');
  await expect(lens.getByRole('img', { name: /Gradient of the output with respect to the input/ })).toBeVisible();
  await expect(lens.getByRole('img', { name: /^Activations of / })).toBeVisible();
});

test('the slider of ε fools the network, and the robust accuracy falls', async ({ app }) => {
  const { page } = app;
  await trainBriefly(page, 'WebGPU');
  await page.getByRole('tab', { name: 'Attack' }).click();
  const attack = page.getByRole('region', { name: 'Attack', exact: true });
  const slider = attack.getByRole('slider', { name: /^ε/ });
  const verdict = attack.getByText(/at ε = |Wrong before/).first();
  await expect(verdict).toBeVisible({ timeout: 20_000 });
  // After 150 steps about one sample in ten is wrong before any attack: such a one cannot be fooled.
  for (let tries = 0; tries < 5 && ((await verdict.textContent()) ?? '').includes('Wrong before'); tries++) {
    await page.getByRole('tab', { name: 'Sample' }).click();
    await button(page, 'Next sample').click();
    await page.getByRole('tab', { name: 'Attack' }).click();
    await expect(verdict).toBeVisible({ timeout: 20_000 });
  }
  await slider.focus();
  await page.keyboard.press('End');
  await expect(attack.getByText(/^Fooled at ε = /)).toBeVisible({ timeout: 20_000 });
  await expect(attack.getByRole('img', { name: 'Attacked' })).toBeVisible();

  await attack.getByRole('button', { name: 'Measure on 256 validation samples' }).click();
  const result = attack.getByText(/ right under .* at ε = .*, .* without \(256 samples\)/);
  await expect(result).toBeVisible({ timeout: 60_000 });
  const [robust, clean] = ((await result.textContent()) ?? '').match(/[\d.]+(?=%)/g)?.map(Number) ?? [];
  expect(clean).toBeGreaterThan(70);
  expect(robust).toBeLessThan((clean ?? 0) / 2);
});
