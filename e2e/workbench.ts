/** What a person does in the workbench, by accessible names: the words of the specs. It knows no component and no selector of style. */
import { expect, type Locator, type Page } from '@playwright/test';

export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
export const network = (page: Page): Locator => page.getByRole('region', { name: 'Network', exact: true });
export const layers = (page: Page): Locator => page.getByRole('region', { name: 'Layers', exact: true });
export const inspector = (page: Page): Locator => page.getByRole('region', { name: 'Inspector', exact: true });
export const training = (page: Page): Locator => page.getByRole('region', { name: 'Training', exact: true });
export const status = (page: Page): Locator => page.getByRole('status', { name: 'Training status' });

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** Reads `epoch 1/5 · step 120/469 · loss 0.312 · accuracy 0.91 · 2,310 samples/s`; null while there is nothing to read. */
export function parseStatus(text: string): Progress | null {
  const match = /epoch ([\d,]+)\/([\d,]+) · step ([\d,]+)\/([\d,]+) · loss ([\d.,]+) · accuracy ([\d.]+)/.exec(text);
  if (!match) return null;
  const [epoch, epochs, step, steps, loss, accuracy] = match.slice(1).map((digits) => Number(digits.replaceAll(',', ''))) as [number, number, number, number, number, number];
  return { epoch, epochs, step, steps, loss, accuracy };
}

export const progress = async (page: Page): Promise<Progress | null> => parseStatus((await status(page).textContent()) ?? '');

/** Waits until the status tells of a step at or past `step` of any epoch, and returns what it says. */
export async function reachStep(page: Page, step: number): Promise<Progress> {
  let seen: Progress | null = null;
  await expect
    .poll(
      async () => {
        seen = await progress(page);
        return seen ? (seen.epoch - 1) * seen.steps + seen.step : -1;
      },
      { message: `training reaches step ${String(step)}`, timeout: 120_000 },
    )
    .toBeGreaterThanOrEqual(step);
  if (!seen) throw new Error('unreachable: the poll above saw a status');
  return seen;
}

export async function ready(page: Page): Promise<void> {
  await expect(network(page)).toBeVisible();
  await expect(button(page, 'Train')).toBeEnabled({ timeout: 60_000 });
}
