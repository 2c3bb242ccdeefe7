/** The look at a page that the other specs take: what stays is found, what a page shows while it changes is not. */
import { clean } from './accessible';
import { expect, test } from './fixtures';
import { ready } from './workbench';

const grey = 'color: #777; background: #888';
const black = 'color: #000; background: #fff';
const pageOf = (style: string) =>
  `<!doctype html><html lang="en"><head><title>A page</title></head><body><main><h1>A page</h1><p style="${style}">Words</p></main></body></html>`;

test('axe fails on what stays hard to read, and looks again where the page changed beneath it', async ({ app }) => {
  await ready(app.page);
  const page = await app.page.context().newPage();
  await page.setContent(pageOf(black));
  await clean(page, 'black on white');
  await page.setContent(pageOf(grey));
  await expect(clean(page, 'grey on grey')).rejects.toThrow(/color-contrast: p/);

  // Each look asks once for what moves. This page changes then, and is black from the look of that number on.
  const changing = (readableFrom: number) =>
    page.evaluate(
      ([from, style]) => {
        let looks = 0;
        document.getAnimations = () => {
          looks += 1;
          const words = document.querySelector('p');
          words?.setAttribute('title', `look ${String(looks)}`);
          if (looks >= from) words?.setAttribute('style', style);
          return [];
        };
      },
      [readableFrom, black] as const,
    );
  await page.setContent(pageOf(grey));
  await changing(3);
  await clean(page, 'grey for two looks');
  await page.setContent(pageOf(grey));
  await changing(Infinity);
  await expect(clean(page, 'grey for ever')).rejects.toThrow(/color-contrast: p/);
  await page.close();
});
