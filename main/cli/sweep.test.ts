/** `hebb sweep` and `hebb runs` as a person runs them. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readParameters, readValues } from './sweep-plan';
import { workplaceWithStripes } from './testing/stripes';

const { hebb, path } = workplaceWithStripes();

const sweeping = ['sweep', 'model.json', '--dataset', 'stripes', '--device', 'reference', '--batch', '8', '--epochs', '1'];
const over = 'settings.learningRate=0.001,0.05;network.conv.outChannels=1,2';
interface SweepFile {
  trials: { status: string; run: string | null; result: number | null }[];
}
const sweepIn = (folder: string): SweepFile => JSON.parse(readFileSync(path(folder, 'sweep.json'), 'utf8')) as SweepFile;

describe('hebb sweep', () => {
  it('trains every combination, tells the best, and keeps each as a run', async () => {
    const { code, events, errors } = await hebb(...sweeping, '--over', over, '--out', 'grid', '--json');
    expect([code, errors]).toEqual([0, '']);
    expect(events.map(({ event }) => event)).toEqual(['trial', 'trial', 'trial', 'trial', 'done']);
    const results = events.slice(0, 4).map(({ result }) => result as number);
    expect(events[4]).toMatchObject({ best: { result: Math.min(...results) } });
    expect(readdirSync(path('grid', 'runs')).length).toBe(4);
    expect(JSON.parse(readFileSync(path('grid', 'runs', 'trial-0003', 'run.json'), 'utf8'))).toMatchObject({
      version: 2,
      status: 'finished',
      settings: { learningRate: 0.05, batchSize: 8, epochs: 1 },
      name: 'learningRate 0.05 · conv outChannels 2',
      trial: { trial: 3 },
    });
    expect(existsSync(path('grid', 'runs', 'trial-0003', 'weights.safetensors'))).toBe(true);
  });

  it('goes on with what waits, to the same results, and refuses another plan', async () => {
    const before = sweepIn('grid');
    const trials = before.trials.map((trial, index) =>
      index < 2 ? trial : { ...trial, status: index === 2 ? 'running' : 'waiting', run: null, result: null },
    );
    writeFileSync(path('grid', 'sweep.json'), JSON.stringify({ ...before, trials }));
    const { code, events } = await hebb(...sweeping, '--out', 'grid', '--json');
    expect(code).toBe(0);
    expect(events.map(({ trial }) => trial)).toEqual([2, 3, undefined]);
    expect(sweepIn('grid')).toEqual(before);
    expect(await hebb(...sweeping, '--over', 'settings.seed=1,2', '--out', 'grid')).toMatchObject({ code: 1 });
  });

  it('lets a template follow the data, and each of its runs is a model', async () => {
    const fitted = ['sweep', 'mlp', ...sweeping.slice(2), '--over', 'settings.learningRate=0.01', '--out', 'fitted'];
    expect((await hebb(...fitted)).errors).toContain('follows stripes');
    const measured = await hebb('evaluate', 'fitted/runs/trial-0000', '--device', 'reference', '--json');
    expect(measured).toMatchObject({ code: 0, errors: '' });
  });

  it('tells a trial that cannot be, and goes on with the others', async () => {
    const wrong = await hebb(
      ...sweeping,
      '--over',
      'network.conv.outChannels=0,2',
      '--measure',
      'validation/accuracy',
      '--out',
      'partly',
      '--json',
    );
    expect(wrong.code).toBe(0);
    expect(wrong.events.map(({ status }) => status)).toEqual(['failed', 'finished', undefined]);
    const nothing = await hebb(...sweeping, '--out', 'nothing');
    expect([nothing.code, nothing.errors]).toEqual([1, 'hebb: Say what varies, by --over or --plan.\n']);
  });

  it('reads values as they are typed', () => {
    expect(readValues('1e-4..0.1:log:4')).toEqual({ kind: 'logarithmic', minimum: 1e-4, maximum: 0.1, count: 4, whole: false });
    expect(readValues('-1..1')).toEqual({ kind: 'linear', minimum: -1, maximum: 1, count: 5, whole: false });
    expect(readValues('adam, sgd,true,3')).toEqual({ kind: 'choices', choices: ['adam', 'sgd', true, 3] });
    for (const wrong of ['', '1,,2', 'a..b', '1..', '1..2:cubic']) expect([wrong, readValues(wrong)]).toEqual([wrong, null]);
    expect(() => readParameters('=1,2')).toThrow('cli.sweep-over');
  });
});

describe('hebb runs', () => {
  it('says which run nobody is left to finish', async () => {
    const file = path('grid', 'runs', 'trial-0003', 'run.json');
    const kept = readFileSync(file, 'utf8');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(kept) as object), status: 'running' }));
    const statuses = async () => (await hebb('runs', 'grid', '--json')).events.find(({ id }) => id === 'trial-0003')?.['status'];
    expect(await statuses()).toBe('interrupted');
    // While the folder has a lock of somebody alive, it is being trained; and nobody else may.
    const holder = { processId: process.ppid, host: hostname(), startedAt: null, key: 'other' };
    writeFileSync(path('grid', '.hebb.lock'), JSON.stringify(holder));
    expect(await statuses()).toBe('running');
    expect(await hebb(...sweeping, '--out', 'grid')).toMatchObject({ code: 1, errors: expect.stringContaining('Another Hebb') as string });
    rmSync(path('grid', '.hebb.lock'));
    writeFileSync(file, kept);
  });

  it('lists the runs of a sweep, and shows one', async () => {
    const { code, output } = await hebb('runs', 'grid');
    expect(code).toBe(0);
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/).slice(0, 3)),
    ).toContainEqual(['trial-0001', 'finished', '1 epoch']);
    const { events } = await hebb('runs', 'grid', '--json');
    expect(events.map(({ measures }) => measures)).toHaveLength(4);
    expect((await hebb('runs', 'grid', 'trial-0001')).output).toContain('learningRate = 0.001');
    expect((await hebb('runs', 'grid', 'trial-0001', 'trial-0002')).output).toMatch(
      /^trial-0001 → trial-0002\n {2}learningRate: 0\.001 → 0\.05\n {2}conv\.outChannels: 2 → 1\n {2}training\/loss: /,
    );
    expect((await hebb('runs', 'grid', 'trial-9999')).errors).toContain('There is no run trial-9999');
  });

  it('writes one as a report and for TensorBoard', async () => {
    const { code } = await hebb('runs', 'grid', 'trial-0002', '--report', 'report.html', '--tensorboard', 'logs');
    expect(code).toBe(0);
    expect(readFileSync(path('report.html'), 'utf8')).toContain('learningRate 0.05');
    expect(readdirSync(path('logs')).sort()).toEqual(['batch', 'training', 'validation']);
  });
});
