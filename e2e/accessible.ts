/** What axe finds on a page: nothing, or the spec fails. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** @param view what is looked at, for the message */
export async function clean(page: Page, view: string): Promise<void> {
  // Legacy mode: an Electron window cannot open the second page in which axe would put its results together; Hebb has no frames.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(
    violations.map(({ id, nodes }) => `${view}: ${id}: ${nodes.map((found) => found.target.join(' ')).join(', ')}`),
    `axe on ${view}`,
  ).toEqual([]);
}
