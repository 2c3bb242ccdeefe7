/** What was trained is compared, thrown away and brought back, branched off, swept over; also past a crash. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { clean } from './accessible';
import { expect, test } from './fixtures';
import { button, computeOn, fillNumber, inspector, newProject, node, ready, status, training } from './workbench';

const finished = async (page: Page): Promise<void> => {
  await expect(status(page)).toHaveText(/finished/, { timeout: 60_000 });
};
const table = (page: Page) => page.getByRole('group', { name: 'Table of runs' });
const rows = (page: Page) => table(page).getByRole('checkbox', { name: /^Compare / });
const view = (page: Page, name: string) => page.getByRole('tab', { name, exact: true });

/** A small network on the CPU, since it trains at once on every machine. */
async function smallProject(page: Page, name: string, epochs: number): Promise<void> {
  await ready(page);
  await newProject(page, 'Logistic regression', name);
  await computeOn(page, 'CPU');
  await fillNumber(training(page), 'Epochs', epochs);
  await ready(page);
}

test('two runs are compared, deleted and brought back, and a third branches off with another network', async ({ app }) => {
  const { page } = app;
  await smallProject(page, 'Compared', 1);
  await button(page, 'Train').click();
  await finished(page);
  await button(page, 'Reset weights').click();
  await fillNumber(training(page), 'Learning rate', 0.02);
  await expect(status(page)).toHaveText(/ready to train/);
  await button(page, 'Train').click();
  await finished(page);

  await view(page, 'Compare').click();
  await expect(rows(page)).toHaveCount(2);
  await expect(table(page).getByText('finished', { exact: true })).toHaveCount(2);
  await rows(page).nth(0).check();
  await rows(page).nth(1).check();
  await expect(page.getByRole('img', { name: 'Validation loss' })).toBeVisible();
  await view(page, 'Differences').click();
  await expect(page.getByRole('row', { name: 'Learning rate 0.02 0.001' })).toBeVisible();
  await page.getByRole('button', { name: /^Compare step 422 with step 422/ }).click();
  await expect(page.getByRole('row', { name: /^dense1\.weight 0\.\d+/ })).toBeVisible();

  await clean(page, 'the differences');
  for (const name of ['Parameters', 'Sweeps', 'Curves']) {
    await view(page, name).last().click();
    await clean(page, name);
  }

  await button(page, 'Delete 2').click();
  await expect(rows(page)).toHaveCount(0);
  await button(page, 'Undo').last().click();
  await expect(rows(page)).toHaveCount(2);

  const more = table(page).getByRole('button', { name: /^More for / });
  await more.last().click();
  await page.getByRole('menuitem', { name: 'Export as a report (HTML)' }).click();
  await expect(page.getByText(/Saved as .*\.html/)).toBeVisible();
  const exports = join(app.home, 'projects', 'Compared', 'exports');
  const report = (await readdir(exports)).find((name) => name.endsWith('.html')) ?? 'missing';
  expect(await readFile(join(exports, report), 'utf8')).toContain('<h2>Curves</h2>');

  // From the end of the first run, with its learned weights but without the bias.
  await more.last().click();
  await page.getByRole('menuitem', { name: 'Branch off from its last checkpoint' }).click();
  await expect(page.getByText(/At step 422, with every weight that fits/)).toBeVisible();
  await node(page, 'dense1').click();
  await inspector(page)
    .getByRole('switch', { name: 'Bias' })
    .or(inspector(page).getByRole('checkbox', { name: 'Bias' }))
    .first()
    .click();
  await expect(page.getByText('7,840 parameters')).toBeVisible();
  await expect(button(page, 'Train')).toBeEnabled();
  await button(page, 'Train').click();
  await expect(rows(page)).toHaveCount(3);
  await finished(page);
  await rows(page).nth(2).check();
  await rows(page).nth(0).check();
  await view(page, 'Differences').click();
  await expect(page.getByText('The second branched off the first at step 422.')).toBeVisible();
  await expect(page.getByRole('row', { name: 'dense1 bias true false' })).toBeVisible();
});

interface Trials {
  readonly sweep: string;
  /** SHA-256 of the weights of the last checkpoint of each trial, in the order of the trials. */
  readonly weights: readonly string[];
}

/** What the runs of a folder say of sweeps. */
async function trialsIn(folder: string): Promise<Trials[]> {
  const found = new Map<string, string[]>();
  for (const id of await readdir(folder)) {
    const run = JSON.parse(await readFile(join(folder, id, 'run.json'), 'utf8')) as { trial?: { sweep: string; trial: number } | null };
    if (!run.trial) continue;
    const kept = await readdir(join(folder, id, 'checkpoints')).catch(() => []);
    const last = kept
      .filter((name) => !name.startsWith('.'))
      .sort((a, b) => Number(a) - Number(b))
      .at(-1);
    if (last === undefined) continue;
    const weights = await readFile(join(folder, id, 'checkpoints', last, 'weights.safetensors'));
    const trials = found.get(run.trial.sweep) ?? [];
    expect(trials[run.trial.trial], 'one run a trial').toBeUndefined();
    trials[run.trial.trial] = createHash('sha256').update(weights).digest('hex');
    found.set(run.trial.sweep, trials);
  }
  return [...found].map(([sweep, weights]) => ({ sweep, weights }));
}

test('a sweep goes on after a crash, and the training before it comes back', async ({ app }) => {
  await smallProject(app.page, 'Swept', 8);
  await button(app.page, 'Train').click();
  await finished(app.page);
  await view(app.page, 'Compare').click();
  await view(app.page, 'Sweeps').click();
  await button(app.page, 'New sweep').click();
  await app.page.getByRole('combobox', { name: 'Trials' }).selectOption({ label: 'Random' });
  await app.page
    .getByRole('spinbutton', { name: 'Number' })
    .or(app.page.getByRole('textbox', { name: 'Number' }))
    .first()
    .fill('4');
  await button(app.page, 'Start 4 trainings').click();
  await expect(app.page.getByText('1 of 4 trials')).toBeVisible({ timeout: 60_000 });
  await expect(table(app.page).getByText('running')).toBeVisible();
  // In the middle of the second trial.
  const folder = join(app.home, 'projects', 'Swept', 'runs');
  await expect.poll(async () => (await trialsIn(folder))[0]?.weights.length, { timeout: 60_000, intervals: [50] }).toBe(2);
  await app.kill();

  const page = await app.restart();
  await expect(page.getByRole('button', { name: 'Project: Swept' })).toBeVisible();
  await view(page, 'Compare').click();
  await expect(table(page).getByText('interrupted')).toHaveCount(1);
  // The person's own training is there again, not that of the trial.
  await expect(status(page)).toHaveText(/^epoch 8\/8 · step 422\/422 .*finished/, { timeout: 60_000 });
  await ready(page);
  await view(page, 'Sweeps').click();
  const sweep = page.getByRole('tabpanel', { name: 'Sweeps' });
  await expect(sweep.getByText('waiting')).toBeVisible();
  await sweep.getByRole('button', { name: 'Go on' }).click();
  await expect(sweep.getByText('4 of 4 trials')).toBeVisible({ timeout: 60_000 });
  await expect(sweep.getByText('finished', { exact: true })).toBeVisible();
  await expect(sweep.getByRole('row')).toHaveCount(5);
  await expect(status(page)).toHaveText(/^epoch 8\/8 · step 422\/422 .*finished/);

  // The trial that was broken off went on in its run, to the bytes that it would have come to.
  const [first, ...others] = await trialsIn(folder);
  expect(others).toEqual([]);
  await button(page, 'New sweep').click();
  await page.getByRole('combobox', { name: 'Trials' }).selectOption({ label: 'Random' });
  await page
    .getByRole('spinbutton', { name: 'Number' })
    .or(page.getByRole('textbox', { name: 'Number' }))
    .first()
    .fill('4');
  await button(page, 'Start 4 trainings').click();
  await expect(sweep.getByText('4 of 4 trials')).toHaveCount(2, { timeout: 60_000 });
  const again = (await trialsIn(folder)).find(({ sweep: id }) => id !== first?.sweep);
  expect(again?.weights).toHaveLength(4);
  expect(again?.weights).toEqual(first?.weights);
});

test('several sweeps wait in their order, also past a restart', async ({ app }) => {
  await smallProject(app.page, 'Queued', 50);
  await view(app.page, 'Compare').click();
  await view(app.page, 'Sweeps').click();
  for (const [name, count] of [
    ['Start', 3],
    ['Queue', 3],
    ['Queue', 3],
  ] as const) {
    await button(app.page, 'New sweep').click();
    await button(app.page, `${name} ${String(count)} trainings`).click();
  }
  const sweeps = (page: Page) => page.getByRole('tabpanel', { name: 'Sweeps' });
  await expect(sweeps(app.page).getByText('queued, place 2')).toBeVisible();
  await expect(sweeps(app.page).getByText('queued, place 3')).toBeVisible();
  // The newest stands first in the list, and last in the queue. The second leaves it.
  await button(app.page, 'Leave the queue').nth(1).click();
  await expect(sweeps(app.page).getByText('queued, place 2')).toBeVisible();
  await button(app.page, 'Queue').click();
  await expect(sweeps(app.page).getByRole('region').nth(1)).toContainText('queued, place 3');
  const queue = join(app.home, 'projects', 'Queued', 'sweeps', 'queue.json');
  await expect.poll(async () => (JSON.parse(await readFile(queue, 'utf8')) as { sweeps: string[] }).sweeps.length).toBe(3);
  await app.kill();

  const page = await app.restart();
  await ready(page);
  await view(page, 'Compare').click();
  await view(page, 'Sweeps').click();
  await expect(sweeps(page).getByText(/^queued, place/)).toHaveText(['queued, place 2', 'queued, place 3', 'queued, place 1']);
  await button(page, 'Go on with the queue of 3').click();
  await expect(sweeps(page).getByRole('region').nth(2)).toContainText('running');
  await sweeps(page).getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(sweeps(page).getByText(/^queued, place/)).toHaveCount(3);
});
