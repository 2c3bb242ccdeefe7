/** A person's own data: an IDX pair by drop and by dialog, right and wrong. */
import { expect, test } from './fixtures';
import { dropFiles, ready } from './workbench';

/** IDX of u8: two zero bytes, type 08, rank, big-endian sizes, data. */
function idx(sizes: readonly number[], data: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, Buffer.from(data)]);
}

const count = 200;
const images = idx(
  [count, 6, 6],
  Array.from({ length: count * 36 }, (_, index) => (Math.floor(index / 36) % 2 === index % 2 ? 200 : 20)),
);
const labels = idx(
  [count],
  Array.from({ length: count }, (_, index) => index % 2),
);

test('a truncated IDX pair is refused with what is wrong and where; nothing is lost', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await dropFiles(page, [
    { name: 'mine-images-idx3-ubyte', content: images.subarray(0, 1000) },
    { name: 'mine-labels-idx1-ubyte', content: labels },
  ]);
  await expect(page.getByRole('alert')).toContainText('“mine-images-idx3-ubyte” is truncated');
  await expect(page.getByRole('alert')).toContainText('ends at byte 1,000');
  await page.getByRole('region', { name: 'Import data' }).getByRole('button', { name: 'Close' }).click();
  await ready(page);
});

test('a file that is no IDX is refused by its first bytes', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await dropFiles(page, [
    { name: 'notes.txt', content: Buffer.from('These are not the bytes that anybody looks for.') },
    { name: 'mine-labels-idx1-ubyte', content: labels },
  ]);
  await expect(page.getByRole('alert')).toContainText('“notes.txt” is not an IDX file');
});

test('an IDX pair becomes the data of the project', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await dropFiles(page, [
    { name: 'stripes-images-idx3-ubyte', content: images },
    { name: 'stripes-labels-idx1-ubyte', content: labels },
  ]);
  const panel = page.getByRole('region', { name: 'Import data' });
  await panel.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(panel).toContainText('samples of 1×6×6', { timeout: 30_000 });
  await panel.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('tab', { name: 'Data' }).click();
  const data = page.getByRole('tabpanel', { name: 'Data' });
  await expect(data.getByText('1×6×6')).toBeVisible({ timeout: 30_000 });
  // The network still takes 28×28, and says so instead of training on something else.
  await expect(page.getByText(/takes 1×28×28, the data gives 1×6×6/).first()).toBeVisible();
});
