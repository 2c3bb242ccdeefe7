/** What axe finds on a page: nothing, or the spec fails. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** More than a page needs to come to rest; one that never does is judged by the last look. */
const looks = 5;

/** One look, and whether the page changed meanwhile. axe remembers for its second or so what was disabled, but reads the colours of now. */
async function look(page: Page): Promise<{ readonly found: readonly string[]; readonly changed: boolean }> {
  const changes = await page.evaluateHandle(() => {
    let count = 0;
    const observer = new MutationObserver((records) => {
      count += records.length;
    });
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    return () => {
      observer.disconnect();
      return count;
    };
  });
  // A button that has just been enabled fades in; colours halfway are nobody's to read.
  await page.waitForFunction(() => document.getAnimations().every((each) => !(each instanceof CSSTransition)));
  // Legacy mode: an Electron window cannot open the second page in which axe would put its results together; Hebb has no frames.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  const changed = await changes.evaluate((end) => end());
  await changes.dispose();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  return { found, changed: changed > 0 };
}

/** What is found on a page that changed beneath is looked at again: only what stays there counts. @param view what is looked at, for the message */
export async function clean(page: Page, view: string): Promise<void> {
  let last = await look(page);
  for (let left = looks - 1; left > 0 && last.found.length > 0 && last.changed; left--) last = await look(page);
  expect(last.found, `axe on ${view}`).toEqual([]);
}
