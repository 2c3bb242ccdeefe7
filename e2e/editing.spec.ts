/** Drawing a network by mouse and by keyboard, and taking every edit back. */
import { expect, test } from './fixtures';
import {
  button,
  computeOn,
  connectByMouse,
  dragLayer,
  fillNumber,
  findLayer,
  inspector,
  network,
  newProject,
  node,
  nodes,
  reachStep,
  ready,
} from './workbench';

/** LeNet-5, in data order: label in the palette, the id a new layer gets, and what is typed into the inspector. */
const lenet: readonly { label: string; id: string; numbers?: Readonly<Record<string, number>> }[] = [
  { label: 'Input', id: 'input' },
  {
    label: 'Conv 2D',
    id: 'conv1',
    numbers: { 'Output channels': 6, 'Kernel size: height': 5, 'Kernel size: width': 5, 'Padding: height': 2, 'Padding: width': 2 },
  },
  { label: 'ReLU', id: 'relu1' },
  { label: 'Max pool', id: 'pool1' },
  { label: 'Conv 2D', id: 'conv2', numbers: { 'Output channels': 16, 'Kernel size: height': 5, 'Kernel size: width': 5 } },
  { label: 'ReLU', id: 'relu2' },
  { label: 'Max pool', id: 'pool2' },
  { label: 'Flatten', id: 'flatten' },
  { label: 'Dense', id: 'dense1', numbers: { Units: 120 } },
  { label: 'ReLU', id: 'relu3' },
  { label: 'Dense', id: 'dense2', numbers: { Units: 84 } },
  { label: 'ReLU', id: 'relu4' },
  { label: 'Dense', id: 'dense3', numbers: { Units: 10 } },
];

test('LeNet-5 is built on an empty canvas with the mouse, and trains', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await computeOn(page, 'WebGPU');
  await newProject(page, 'Empty', 'By hand');
  await expect(nodes(page)).toHaveCount(0);
  await expect(button(page, 'Train')).toBeDisabled();

  const ids: string[] = [];
  for (const [index, layer] of lenet.entries()) {
    const before = new Set(ids);
    await dragLayer(page, layer.label, { x: 130 + (index % 3) * 210, y: 52 + Math.floor(index / 3) * 108 });
    await expect(nodes(page)).toHaveCount(index + 1);
    const names = await nodes(page).evaluateAll((elements) => elements.map((element) => element.getAttribute('data-node') ?? ''));
    const id = names.find((name) => !before.has(name));
    if (id === undefined) throw new Error(`No new layer after dragging ${layer.label}`);
    ids.push(id);
    await node(page, id).click();
    for (const [name, value] of Object.entries(layer.numbers ?? {})) await fillNumber(inspector(page), name, value);
    const previous = ids.at(-2);
    if (previous === undefined) continue;
    await connectByMouse(page, previous, id);
    await expect(inspector(page).getByRole('button', { name: `Remove the connection from ${previous} to ${id}` })).toBeVisible();
  }
  await expect(network(page).getByRole('button', { name: /^Dense .*, output 10, 850 parameters$/ })).toBeVisible();
  await expect(button(page, 'Train')).toBeEnabled({ timeout: 30_000 });
  await button(page, 'Train').click();
  await reachStep(page, 5);
  await button(page, 'Stop').click();
});

test('two layers are connected with the keyboard alone', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await node(page, 'relu1').focus();
  await page.keyboard.press('Enter');
  const disconnect = inspector(page).getByRole('button', { name: 'Remove the connection from conv1 to relu1' });
  await disconnect.focus();
  await page.keyboard.press('Enter');
  await expect(button(page, 'Train')).toBeDisabled();

  await node(page, 'conv1').focus();
  await page.keyboard.press('c');
  const said = page.getByText(/^(Connecting from conv1 to )?relu1[.,]/);
  for (let candidate = 0; candidate < 13 && !(await said.isVisible()); candidate++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(button(page, 'Train')).toBeEnabled({ timeout: 30_000 });

  // Along the connections with the arrows, and into the inspector.
  await node(page, 'conv1').focus();
  await page.keyboard.press('ArrowRight');
  await expect(node(page, 'relu1')).toBeFocused();

  // Escape leaves everything as it was.
  await page.keyboard.press('c');
  await page.keyboard.press('Escape');
  await expect(button(page, 'Train')).toBeEnabled();
});

test('an invalid network cannot be trained, and says why', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await node(page, 'flatten').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Delete');
  await expect(nodes(page)).toHaveCount(12);
  await expect(button(page, 'Train')).toBeDisabled();
  await expect(node(page, 'dense1')).toHaveAccessibleName(/Dense dense1, output \?.*/);
  await page.getByRole('tab', { name: /^Problems/ }).click();
  await expect(
    page
      .getByRole('tabpanel', { name: /^Problems/ })
      .getByText(/Dense|dense1/)
      .first(),
  ).toBeVisible();
  await button(page, 'Undo').click();
  await expect(button(page, 'Train')).toBeEnabled({ timeout: 30_000 });
});

test('a wrong parameter is explained beside its field and on the node', async ({ app }) => {
  const { page } = app;
  await ready(page);
  await node(page, 'conv2').click();
  await fillNumber(inspector(page), 'Kernel size: height', 40);
  await expect(node(page, 'conv2')).toHaveAccessibleName(/Conv 2D conv2, output \?.*kernel/i);
  await expect(button(page, 'Train')).toBeDisabled();
  await expect(
    inspector(page)
      .getByText(/kernel/i)
      .first(),
  ).toBeVisible();
});

test('everything that was done is undone step by step, and redone', async ({ app }) => {
  const { page } = app;
  await ready(page);
  const before = await nodes(page).evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-label')));
  await node(page, 'conv1').click();
  await fillNumber(inspector(page), 'Output channels', 12);
  await expect(node(page, 'conv1')).toHaveAccessibleName(/output 12×28×28/);
  await node(page, 'relu2').click();
  await page.keyboard.press('Control+d');
  await expect(nodes(page)).toHaveCount(14);
  await page.keyboard.press('Delete');
  await expect(nodes(page)).toHaveCount(13);
  await (await findLayer(page, 'Dropout')).click();
  await expect(nodes(page)).toHaveCount(14);

  const undo = button(page, 'Undo');
  for (let step = 0; step < 4; step++) await undo.click();
  await expect(undo).toBeDisabled();
  await expect
    .poll(() => nodes(page).evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-label'))))
    .toEqual(before);

  const redo = button(page, 'Redo');
  for (let step = 0; step < 4; step++) await redo.click();
  await expect(redo).toBeDisabled();
  await expect(nodes(page)).toHaveCount(14);
  await expect(node(page, 'conv1')).toHaveAccessibleName(/output 12×28×28/);
});
