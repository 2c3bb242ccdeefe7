/** A person's own data: a folder, a table and files that are broken, by drop; looking through it and correcting it; samples made in the window. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { clean } from './accessible';
import { expect, test } from './fixtures';
import { box, button, drag, dropFiles, dropPaths, reachStep, ready } from './workbench';

/** IDX of u8: two zero bytes, type 08, rank, big-endian sizes, data. */
function idx(sizes: readonly number[], data: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, Buffer.from(data)]);
}

/** A folder of 200 images in colour: bars that lie and bars that stand, of any height or place; and one file that is no image. */
async function writePictures(folder: string): Promise<void> {
  const side = 16;
  for (const [name, across] of [
    ['lying', true],
    ['standing', false],
  ] as const) {
    await mkdir(join(folder, name), { recursive: true });
    for (let index = 0; index < 100; index++) {
      const data = new Uint8Array(side * side * 3);
      for (let pixel = 0; pixel < side * side; pixel++) {
        const along = across ? Math.floor(pixel / side) : pixel % side;
        if (Math.abs(along - 3 - (index % 10)) < 2) data.set([200, 100 + index, 55 + 2 * index], pixel * 3);
      }
      await writeFile(
        join(folder, name, `${String(index).padStart(3, '0')}.png`),
        encode({ width: side, height: side, data, channels: 3 }),
      );
    }
  }
  await writeFile(join(folder, 'standing', 'broken.png'), 'no image at all');
}

test('a folder becomes a data set, the network is fitted to it and trains; samples are corrected in the browser and chosen on a map', async ({
  app,
}) => {
  const { page } = app;
  const root = await mkdtemp(join(tmpdir(), 'hebb-pictures-'));
  try {
    await writePictures(join(root, 'bars'));
    await ready(page);
    await dropPaths(page, [join(root, 'bars')]);
    const panel = page.getByRole('region', { name: 'Import data' });
    await expect(panel.getByText('Samples, 3×16×16')).toBeVisible();
    await clean(page, 'the import');
    await panel.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(panel.getByText('bars: samples of 3×16×16, 160 / 20 / 20 for training, validation and test')).toBeVisible();
    await expect(panel.getByRole('row', { name: /broken\.png.*none of the images that are read/ })).toBeVisible();
    await clean(page, 'the report of an import');

    await panel.getByRole('button', { name: 'Adapt the network' }).click();
    await panel.getByRole('button', { name: 'Browse the samples' }).click();
    const browser = page.getByRole('region', { name: 'Browser', exact: true });
    await expect(browser.getByText('200 of 200')).toBeVisible();

    const grid = browser.getByRole('listbox', { name: 'Samples' });
    const details = browser.getByRole('region', { name: 'Selected samples' });
    const ofClass = details.getByRole('combobox', { name: /^Class/ });
    const ofSplit = details.getByRole('combobox', { name: /^Split/ });
    await grid.press('Home');
    const before = await ofClass.inputValue();
    await grid.press(before === '0' ? '1' : '0');
    await expect(ofClass).not.toHaveValue(before);
    await grid.press('Delete');
    await expect(ofSplit).toHaveValue('excluded');
    await grid.press('Control+z');
    await grid.press('Control+z');
    await expect(ofClass).toHaveValue(before);
    await expect(ofSplit).not.toHaveValue('excluded');
    await clean(page, 'the samples in the browser');

    await button(page, 'Map').click();
    await browser.getByRole('button', { name: 'Draw map' }).first().click();
    const map = browser.getByRole('img', { name: 'Map of samples' });
    await expect(browser.getByText(/Variance shown/)).toBeVisible();
    const { x, y, width, height } = await box(map);
    await page.mouse.move(x + 4, y + 4);
    await page.mouse.down();
    for (const [across, down] of [
      [1, 0],
      [1, 1],
      [0, 1],
    ] as const)
      await page.mouse.move(x + 4 + across * (width - 8), y + 4 + down * (height - 8), { steps: 3 });
    await page.mouse.up();
    await expect(details.getByText('200 samples selected')).toBeVisible();
    await clean(page, 'a map in the browser');
    await button(page, 'Classes').click();
    await browser.getByRole('button', { name: 'Mean images' }).click();
    await expect(browser.getByRole('img', { name: 'Mean image of class lying' })).toBeVisible();

    await button(page, 'Train').click();
    await reachStep(page, 3);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('a folder that is chosen is read as one that is dropped', async ({ app }) => {
  const { page } = app;
  const root = await mkdtemp(join(tmpdir(), 'hebb-chosen-'));
  try {
    await writePictures(join(root, 'chosen bars'));
    await ready(page);
    await page.getByRole('tab', { name: 'Data' }).click();
    await button(page, 'Import data…').click();
    const panel = page.getByRole('region', { name: 'Import data' });
    await panel.getByLabel('Choose a folder…').setInputFiles(join(root, 'chosen bars'));
    await expect(panel.getByText('Samples, 3×16×16')).toBeVisible();
    await expect(panel.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('chosen bars');
    await expect(panel.getByText('files: 201')).toBeVisible();
    await panel.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(panel.getByText('chosen bars: samples of 3×16×16, 160 / 20 / 20 for training, validation and test')).toBeVisible();
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('a table becomes a regression that a network proposed for it learns', async ({ app }) => {
  const { page } = app;
  await ready(page);
  const rows = Array.from(
    { length: 120 },
    (_, index) => `${String(index % 7)};${index % 2 === 0 ? 'north' : 'south'};${String(index % 7)}.5`,
  );
  await dropFiles(page, [{ name: 'yield.csv', content: Buffer.from(['rain;side;yield', ...rows, '1;2'].join('\n')) }]);
  const panel = page.getByRole('region', { name: 'Import data' });
  await expect(panel.getByLabel('Delimiter')).toHaveValue(';');
  await expect(panel.getByLabel('Kind of side')).toHaveValue('categorical');
  await panel.getByLabel('Task', { exact: true }).selectOption('regression');
  await panel.getByLabel('Use of yield').selectOption('target');
  await panel.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(panel.getByText(/^yield: samples of 3/)).toBeVisible();
  await expect(panel.getByRole('row', { name: /yield\.csv 122 .*fields/ })).toBeVisible();
  await panel.getByRole('button', { name: 'Replace the network' }).click();
  await panel.getByRole('button', { name: 'Browse the samples' }).click();
  await expect(page.getByRole('region', { name: 'Browser', exact: true }).getByRole('columnheader', { name: 'yield' })).toBeVisible();
  await clean(page, 'a table in the browser');
  await button(page, 'Train').click();
  await expect(page.getByRole('status', { name: 'Training status' })).toContainText('loss');
});

test('drawings go into classes that a person names, and keys do as well as the mouse', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await page.getByRole('tab', { name: 'Data' }).click();
  await button(page, 'Draw or take samples…').click();
  const panel = page.getByRole('region', { name: 'Make samples' });
  await panel.getByLabel('Name', { exact: true }).fill('marks');
  await panel.getByLabel('Name of class 1').fill('line');
  await panel.getByLabel('Name of class 2').fill('dot');
  const paper = panel.getByRole('img', { name: 'Paper to draw on' });
  const { x, y } = await box(paper);
  await drag(page, { x: x + 40, y: y + 30 }, { x: x + 90, y: y + 130 });
  await panel.getByRole('button', { name: 'Add to the class' }).click();
  await page.keyboard.press('2');
  await paper.press(' ');
  await expect(panel.getByRole('button', { name: 'Add to the class' })).toBeEnabled();
  await paper.press('Enter');
  await expect(panel.getByText('1 samples')).toHaveCount(2);
  await clean(page, 'samples made in the window');
  await panel.getByRole('button', { name: 'Keep 2 samples' }).click();
  await expect(panel.getByText('Added to marks: 2 samples.')).toBeVisible();
  await panel.getByRole('button', { name: 'Adapt the network' }).click();
  await expect(page.getByRole('status', { name: 'Training status' })).not.toContainText('expects');
});

test('a truncated IDX pair is refused with what is wrong and where; nothing is lost', async ({ app }) => {
  const { page } = app;
  await ready(page);
  const count = 200;
  const pixels = Array.from({ length: count * 36 }, (_, index) => (Math.floor(index / 36) % 2 === index % 2 ? 200 : 20));
  await dropFiles(page, [
    { name: 'mine-images-idx3-ubyte', content: idx([count, 6, 6], pixels).subarray(0, 1000) },
    {
      name: 'mine-labels-idx1-ubyte',
      content: idx(
        [count],
        Array.from({ length: count }, (_, index) => index % 2),
      ),
    },
  ]);
  await expect(page.getByRole('alert')).toContainText('mine-images-idx3-ubyte');
  await expect(page.getByRole('alert')).toContainText('1,000');
  await page.getByRole('region', { name: 'Import data' }).getByRole('button', { name: 'Close' }).click();
  await ready(page);
});
