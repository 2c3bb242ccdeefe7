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
  const [epoch, epochs, step, steps, loss, accuracy] = match.slice(1).map((digits) => Number(digits.replaceAll(',', ''))) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { epoch, epochs, step, steps, loss, accuracy };
}

export const progress = async (page: Page): Promise<Progress | null> => parseStatus((await status(page).textContent()) ?? '');

/** Steps since the beginning, whatever the epoch. */
export const stepsDone = ({ epoch, steps, step }: Progress): number => (epoch - 1) * steps + step;

/** Waits until the status tells of a step at or past `step` of any epoch, and returns what it says. */
export async function reachStep(page: Page, step: number): Promise<Progress> {
  let seen: Progress | null = null;
  await expect
    .poll(
      async () => {
        seen = await progress(page);
        return seen ? stepsDone(seen) : -1;
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

/** The button in the status bar that names the device. */
export const deviceButton = (page: Page): Locator => page.getByRole('button', { name: /^Device: / });

/** Chooses the device in its panel, and waits until the network is ready on it. */
export async function computeOn(page: Page, device: 'Automatic' | 'WebGPU' | 'CPU'): Promise<void> {
  await deviceButton(page).click();
  await page.getByLabel('Compute on', { exact: true }).selectOption({ label: device });
  if (device !== 'Automatic') await expect(deviceButton(page)).toHaveText(new RegExp(`^${device}`));
  await page.keyboard.press('Escape');
}

/** A layer on the canvas, by the name of the node (`conv1`). */
export const node = (page: Page, id: string): Locator => network(page).getByRole('button', { name: new RegExp(`^[^,]* ${id}, output `) });

/** All layers on the canvas. */
export const nodes = (page: Page): Locator => network(page).getByRole('button', { name: /, output / });

export async function box(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const found = await locator.boundingBox();
  if (!found) throw new Error('not on the screen');
  return found;
}

export async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

/** A layer in the palette, found by typing its name: its group may be folded, or scrolled away. */
export async function findLayer(page: Page, label: string): Promise<Locator> {
  await layers(page).getByRole('searchbox', { name: 'Search layers' }).fill(label);
  return layers(page).getByRole('button', { name: label, exact: true });
}

/** Drags a layer from the palette to a place, in pixels from the canvas's upper left corner. */
export async function dragLayer(page: Page, label: string, at: { x: number; y: number }): Promise<void> {
  const item = await box(await findLayer(page, label));
  const canvas = await box(network(page));
  await drag(page, { x: item.x + item.width / 2, y: item.y + item.height / 2 }, { x: canvas.x + at.x, y: canvas.y + at.y });
}

/** Connects by mouse: from the right edge of a node, where its output is, to the left edge of another. */
export async function connectByMouse(page: Page, from: string, to: string): Promise<void> {
  // Hovering waits until the canvas has come to rest.
  await node(page, to).hover();
  const [source, target] = [await box(node(page, from)), await box(node(page, to))];
  await drag(
    page,
    { x: source.x + source.width + 1, y: source.y + source.height / 2 },
    { x: target.x - 1, y: target.y + target.height / 2 },
  );
}

/** New project from a template, or from `Empty`. */
export async function newProject(page: Page, template: string, name: string): Promise<void> {
  await page.getByRole('button', { name: /^Project: / }).click();
  await page.getByRole('menuitem', { name: /^New project/ }).click();
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByRole('radio', { name: new RegExp(`^${template}`) }).check();
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: `Project: ${name}` })).toBeVisible();
}

/** A perceptron on MNIST that is still training when a test pauses it: its own five epochs take two seconds on the CPU. */
export async function newLongTraining(page: Page, name: string): Promise<void> {
  await newProject(page, 'Multilayer perceptron', name);
  await fillNumber(training(page), 'Epochs', 200);
  await ready(page);
}

/** Sets a number in the inspector or another form, as typed. */
export async function fillNumber(within: Locator, label: string | RegExp, value: number): Promise<void> {
  const field = within
    .getByRole('spinbutton', { name: label })
    .or(within.getByRole('textbox', { name: label }))
    .first();
  await field.fill(String(value));
  await field.press('Enter');
}

/** Drops files on the window, as from a file manager. */
export async function dropFiles(page: Page, files: readonly { name: string; content: Buffer }[]): Promise<void> {
  const transfer = await page.evaluateHandle(
    (given) => {
      const data = new DataTransfer();
      for (const { name, base64 } of given) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        data.items.add(new File([bytes], name));
      }
      return data;
    },
    files.map(({ name, content }) => ({ name, base64: content.toString('base64') })),
  );
  for (const type of ['dragenter', 'dragover', 'drop']) await network(page).dispatchEvent(type, { dataTransfer: transfer });
}

/** Drops files and folders of this machine on the middle of the window, as from a file manager: the page gets real entries, and may walk them. */
export async function dropPaths(page: Page, paths: readonly string[]): Promise<void> {
  const protocol = await page.context().newCDPSession(page);
  const { x, y } = await page.evaluate(() => ({ x: window.innerWidth / 2, y: window.innerHeight / 2 }));
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await protocol.send('Input.dispatchDragEvent', { type, x, y, data: { items: [], files: [...paths], dragOperationsMask: 1 } });
  await protocol.detach();
}
