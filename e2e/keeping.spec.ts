/** What a person made is there again: after quitting, after a crash, and in the files that they take away. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './fixtures';
import { button, computeOn, fillNumber, inspector, layers, newLongTraining, node, reachStep, ready, status } from './workbench';

async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((entry) => entry.endsWith(ending)).map((entry) => join(folder, entry));
}

test('a project is saved, and reopened with its training where it was', async ({ app }) => {
  await ready(app.page);
  await newLongTraining(app.page, 'Kept');
  await button(app.page, 'Train').click();
  await reachStep(app.page, 20);
  await button(app.page, 'Pause').click();
  await expect(button(app.page, 'Resume')).toBeEnabled();
  await button(app.page, 'Save checkpoint').click();
  await expect.poll(async () => (await filesBelow(app.home, 'weights.safetensors')).length, { timeout: 30_000 }).toBeGreaterThan(0);
  const before = (await status(app.page).textContent()) ?? '';
  const step = /step ([\d,]+)\//.exec(before)?.[1] ?? 'missing';
  await button(app.page, 'Save').click();
  await expect(app.page.getByText('Saved', { exact: true }).first()).toBeVisible();

  const page = await app.restart();
  await expect(page.getByRole('button', { name: 'Project: Kept' })).toBeVisible();
  await expect(status(page)).toHaveText(new RegExp(`step ${step}/.*paused`), { timeout: 60_000 });
  await button(page, 'Resume').click();
  await reachStep(page, Number(step.replaceAll(',', '')) + 3);
});

test('a crash during training loses neither edits nor the last checkpoint', async ({ app }) => {
  await ready(app.page);
  await computeOn(app.page, 'WebGPU');
  await newLongTraining(app.page, 'Crash');
  await node(app.page, 'dense1').click();
  await fillNumber(inspector(app.page), 'Units', 96);
  await expect(node(app.page, 'dense1')).toHaveAccessibleName(/output 96/);
  await expect(button(app.page, 'Train')).toBeEnabled({ timeout: 30_000 });
  await button(app.page, 'Train').click();
  await reachStep(app.page, 10);
  await button(app.page, 'Save checkpoint').click();
  await expect
    .poll(async () => (await filesBelow(app.home, 'manifest.json')).filter((path) => path.includes('checkpoints')).length, {
      timeout: 30_000,
    })
    .toBeGreaterThan(0);
  // The training has gone on by itself.
  await reachStep(app.page, 40);
  await app.kill();

  const page = await app.restart();
  await expect(page.getByRole('button', { name: 'Project: Crash' })).toBeVisible();
  await expect(node(page, 'dense1')).toHaveAccessibleName(/output 96/);
  await expect(status(page)).toHaveText(/step \d+\//, { timeout: 60_000 });
});

test('a network is exported, and the check of it is shown', async ({ app }) => {
  const { page } = app;
  await ready(page);
  for (const [format, ending] of [
    ['onnx', '.onnx'],
    ['safetensors', '.safetensors'],
    ['keras', '.keras'],
    ['pytorch', 'weights.safetensors'],
  ] as const) {
    await button(page, 'Export').click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByRole('combobox', { name: 'Format' }).selectOption(format);
    await dialog.getByRole('button', { name: 'Write file' }).click();
    await expect(dialog.getByText(/LeNet-5( PyTorch|\.\w+) \(\d+ kB\)/)).toBeVisible({ timeout: 30_000 });
    await expect(dialog.getByText(/onnxruntime on 64 samples\. Largest difference \d\S+; 1\.\de-\d is allowed/)).toBeVisible();
    const [file] = (await filesBelow(app.home, ending)).filter((path) => (format === 'pytorch') === path.includes('LeNet-5 PyTorch'));
    if (file === undefined) throw new Error(`No ${ending} file was written`);
    const bytes = await readFile(file);
    // 61,706 weights of four bytes, and something around them.
    expect(bytes.length).toBeGreaterThan(61_706 * 4);
    expect(bytes.length).toBeLessThan(61_706 * 4 + 60_000);
    if (await dialog.isVisible()) await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  }
});

test('a network is copied as PyTorch, Keras and JSON', async ({ app }) => {
  const { page } = app;
  await ready(page);
  const paper = layers(page).getByRole('searchbox', { name: 'Search layers' });
  for (const [language, start] of [
    ['PyTorch', /class Network\(nn\.Module\):.*nn\.Conv2d\(1, 6, 5/],
    ['Keras', /import keras.*layers\.Conv2D\(filters=6, /],
    ['JSON', /^\{ *"format": "hebb-model".*"kind": "conv2d"/],
  ] as const) {
    await page.keyboard.press('ControlOrMeta+k');
    await page.keyboard.type(`Copy network as ${language}`);
    await page.keyboard.press('Enter');
    await expect(page.getByText('Copied.', { exact: true }).last()).toBeVisible();
    // Pasted into a line, which leaves the breaks out.
    await paper.fill('');
    await paper.press('ControlOrMeta+v');
    await expect(paper).toHaveValue(start);
  }
});
