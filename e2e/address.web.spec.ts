/** The address that Hebb prints has a token; without it the page opens nothing, and says so. */
import { expect, test } from './fixtures';
import { ready } from './workbench';

test('a page without the token of its address says which one to open', async ({ app }) => {
  await ready(app.page);
  app.tolerate(/401 \(Unauthorized\)/);
  const other = await app.page.context().newPage();
  await other.goto(new URL('/', app.page.url()).href);
  await expect(other.getByText('Open the address that Hebb printed when it started').first()).toBeVisible();
});
