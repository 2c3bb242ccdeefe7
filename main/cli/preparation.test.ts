/** Samples prepared, classes weighed and numbers told, as a person asks for them on the command line. */
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { lossesOf, training, workplaceWithStripes } from './testing/stripes';

const { hebb, path, runOf } = workplaceWithStripes();

const node = (id: string, kind: string, parameters: object = {}) => ({ id, kind, version: 1, parameters });
const chain = (name: string, nodes: readonly { readonly id: string }[]) =>
  JSON.stringify({
    format: 'hebb-model',
    version: 1,
    name,
    nodes,
    edges: nodes.slice(1).map(({ id }, place) => ({ from: nodes[place]?.id, to: id, port: 0 })),
  });

describe('hebb train, preparing', () => {
  it('normalises and augments as it is told, and keeps in the run what it did', async () => {
    const prepared = ['--normalize', 'per-channel', '--augment', 'rotation:angle=15,outside=edge+noise:deviation=1e-2+mixup'];
    const first = await hebb('train', ...training, '--epochs', '1', '--seed', '3', ...prepared, '--out', 'prepared', '--json');
    expect(first).toMatchObject({ code: 0, errors: '' });
    expect(runOf('prepared').settings).toMatchObject({
      preparation: {
        normalization: 'per-channel',
        augmentation: [
          { kind: 'rotation', parameters: { angle: 15, outside: 'edge' } },
          { kind: 'noise', parameters: { deviation: 0.01 } },
          { kind: 'mixup', parameters: {} },
        ],
      },
    });
    const again = await hebb('train', ...training, '--epochs', '1', '--seed', '3', ...prepared, '--json');
    expect(lossesOf(again)).toEqual(lossesOf(first));
    const plain = await hebb('train', ...training, '--epochs', '1', '--seed', '3', '--augment', 'none', '--json');
    expect(lossesOf(plain)).not.toEqual(lossesOf(first));
    // What was learnt of normalised samples is measured with them.
    const measure = [
      'evaluate',
      'model.json',
      '--weights',
      'prepared/weights.safetensors',
      '--dataset',
      'stripes',
      '--device',
      'reference',
    ];
    const measured = await hebb(...measure, '--normalize', 'per-channel', '--json');
    expect(measured.events.at(-1)?.['testLoss']).toBeCloseTo(first.events.at(-1)?.['testLoss'] as number, 6);
  });

  it('weighs classes by how many samples of the training split they have', async () => {
    await hebb('train', ...training, '--steps', '1', '--class-weights', 'balanced', '--out', 'weighed');
    const { loss } = runOf('weighed').settings as { readonly loss: { readonly parameters: { readonly classWeights?: number[] } } };
    const weights = loss.parameters.classWeights ?? [];
    expect(weights).toHaveLength(2);
    // n / (2 · nₖ) of both classes: their inverses add up to 2.
    expect(1 / (weights[0] ?? 0) + 1 / (weights[1] ?? 0)).toBeCloseTo(2, 3);
    expect((await hebb('train', ...training, '--loss', 'mean-squared-error', '--class-weights', 'balanced')).errors).toContain(
      'cannot weigh the classes',
    );
  });

  it('refuses what does not fit, and says why', async () => {
    expect((await hebb('train', ...training, '--augment', 'dream')).errors).toContain('--augment must be one of colour-shift');
    expect((await hebb('train', ...training, '--augment', 'rotation:angle=900')).errors).toContain('--augment must be right');
    expect((await hebb('train', ...training, '--augment', 'colour-shift')).errors).toMatch(/three channels|colour/i);
    const tokens = ['train', 'character-lstm', '--device', 'reference', '--steps', '1'];
    expect((await hebb(...tokens, '--augment', 'noise')).errors).toMatch(/tokens|symbols/);
    expect((await hebb(...tokens, '--normalize', 'per-channel')).errors).toMatch(/tokens|symbols/);
  });
});

describe('hebb train, on numbers', () => {
  beforeAll(async () => {
    const rows = Array.from({ length: 200 }, (_, row) => {
      const [x, y] = [Math.sin(row), Math.cos(3 * row)];
      return [x, y, 2 * x - y + 1, x + 10 * y].map((value) => value.toFixed(6)).join(',');
    });
    writeFileSync(path('plane.csv'), ['x,y,sum,far', ...rows].join('\n'));
    const imported = await hebb('import', 'plane.csv', '--name', 'plane', '--target', 'sum,far', '--task', 'regression', '--json');
    expect(imported.code).toBe(0);
    dataset = String(imported.events.at(-1)?.['id'] ?? imported.events.at(-1)?.['dataset']);
    writeFileSync(path('line.json'), chain('line', [node('input', 'input', { shape: [2] }), node('output', 'dense', { units: 2 })]));
  }, 60_000);
  let dataset = '';

  it('tells mean absolute error and R² of each epoch, of the test, and of each target', async () => {
    const words = ['train', 'line.json', '--dataset', dataset, '--device', 'reference', '--loss', 'mean-squared-error'];
    const learnt = [...words, '--optimizer', 'adam', '--learning-rate', '0.1', '--batch', '32', '--epochs', '40', '--augment', 'mixup'];
    const trained = await hebb(...learnt, '--out', 'line', '--json');
    expect(trained).toMatchObject({ code: 0, errors: '' });
    const epoch = trained.events.filter(({ event }) => event === 'epoch').at(-1);
    const done = trained.events.at(-1);
    expect(epoch?.['validationR2']).toBeGreaterThan(0.99);
    expect(epoch?.['validationMeanAbsoluteError']).toBeLessThan(0.5);
    expect(epoch?.['trainMeanAbsoluteError']).toBeLessThan(0.5);
    expect(done?.['testR2']).toBeGreaterThan(0.99);
    expect(trained.events[0]?.['meanAbsoluteError']).toBeGreaterThan(0.5);
    const spoken = await hebb(...words, '--steps', '5');
    expect(spoken.output).toMatch(/test loss \S+, MAE \S+, R² \S+/);
    const told = await hebb(
      ...['evaluate', 'line.json', '--dataset', dataset, '--weights', 'line/weights.safetensors', '--device', 'reference'],
      ...['--loss', 'mean-squared-error', '--json'],
    );
    const targets = told.events.at(-1)?.['targets'] as readonly { readonly name: string; readonly r2: number }[] | undefined;
    expect(targets?.map(({ name }) => name)).toEqual(['sum', 'far']);
    for (const { r2 } of targets ?? []) expect(r2).toBeGreaterThan(0.98);
  });
});
