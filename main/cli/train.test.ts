/** `hebb train` as a person runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { decodeJournal } from '../storage/journal';
import { endOf, writeStripes, type Outcome } from './testing/command';
import { bare, lossesOf, model, training, workplaceWithStripes } from './testing/stripes';

const { hebb, path, start, runOf, weightsOf } = workplaceWithStripes();

describe('hebb train', () => {
  let first: Outcome;
  beforeAll(async () => {
    first = await hebb('train', ...training, '--epochs', '2', '--seed', '3', '--out', 'first', '--json');
  });

  it('prints every step, every epoch and the end', () => {
    expect(first).toMatchObject({ code: 0, errors: '' });
    expect(first.events.map(({ event, step, epoch }) => [event, event === 'epoch' ? epoch : step])).toEqual([
      ...[1, 2, 3, 4, 5].map((step) => ['step', step]),
      ['epoch', 1],
      ...[6, 7, 8, 9, 10].map((step) => ['step', step]),
      ['epoch', 2],
      ['done', undefined],
    ]);
    const done = first.events.at(-1);
    expect(done).toMatchObject({ device: 'Reference (float64)', steps: 10 });
    expect(done?.['seconds']).toBeGreaterThan(0);
    expect(done?.['samplesPerSecond']).toBeGreaterThan(0);
    const losses = lossesOf(first) as number[];
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  it('says of an epoch what its steps said: the mean over the samples', () => {
    const losses = lossesOf(first) as number[];
    // Four batches of 8 and one of 4. Both sums are of the same numbers, in another order.
    const mean = (8 * (losses[0]! + losses[1]! + losses[2]! + losses[3]!) + 4 * losses[4]!) / 36;
    expect(first.events[5]?.['trainLoss']).toBeCloseTo(mean, 12);
  });

  it('keeps weights, metrics and a record of the run', () => {
    expect(weightsOf('first/weights.safetensors').map(({ name, shape }) => [name, shape])).toEqual([
      ['conv.bias', [2]],
      ['conv.weight', [2, 1, 3, 3]],
      ['dense.bias', [2]],
      ['dense.weight', [2, 32]],
    ]);
    const done = first.events.at(-1);
    expect(runOf('first')).toMatchObject({
      format: 'hebb-run',
      version: 2,
      status: 'finished',
      dataset: path('stripes'),
      document: model,
      settings: { epochs: 2, batchSize: 8, seed: 3, learningRate: 0.01, order: 'shuffled', optimizer: { kind: 'adam' } },
      device: { kind: 'reference' },
      versions: { hebb: version },
      result: { testAccuracy: done?.['testAccuracy'], steps: 10 },
    });
    const { records, damaged } = decodeJournal(readFileSync(path('first/metrics.jsonl')));
    expect(damaged).toBe(0);
    const losses = records.flatMap((record) => (record as { loss?: number[] }).loss ?? []);
    expect(losses).toEqual(lossesOf(first));
    expect(records.map((record) => (record as { type: string }).type)).toEqual(['started', 'steps', 'epoch', 'steps', 'epoch']);
  });

  it('trains on the CPU as on the reference, and keeps which device it was and why', async () => {
    const words = training.map((word) => (word === 'reference' ? 'cpu' : word));
    const onCpu = await hebb('train', ...words, '--epochs', '2', '--seed', '3', '--threads', '1', '--out', 'cpu', '--json');
    expect(onCpu.code).toBe(0);
    expect(onCpu.events.at(-1)?.['device']).toMatch(/^CPU, 1 thread \(/);
    expect(runOf('cpu')).toMatchObject({ device: { kind: 'cpu', threads: 1, chosen: { kind: 'cpu', reason: 'asked' } } });
    const expected = lossesOf(first) as number[];
    // Ten steps in float32 beside float64: Adam divides by small numbers, and enlarges what was rounded.
    for (const [step, loss] of (lossesOf(onCpu) as number[]).entries())
      expect(Math.abs(loss / (expected[step] ?? NaN) - 1)).toBeLessThan(1e-3);
  });

  it('gives the same bytes for the same seed, others for another', async () => {
    const again = await hebb('train', ...training, '--epochs', '2', '--seed', '3', '--out', 'again', '--json');
    expect(lossesOf(again)).toEqual(lossesOf(first));
    expect(readFileSync(path('again/weights.safetensors')).equals(readFileSync(path('first/weights.safetensors')))).toBe(true);
    const other = await hebb('train', ...training, '--epochs', '2', '--seed', '4', '--out', 'other', '--json');
    expect(readFileSync(path('other/weights.safetensors')).equals(readFileSync(path('first/weights.safetensors')))).toBe(false);
    expect(lossesOf(other)[0]).not.toBe(lossesOf(first)[0]);
  });

  it('prints lines for people where no terminal is', async () => {
    const { code, output, errors } = await hebb('train', ...training, '--steps', '7');
    expect(code).toBe(0);
    expect(errors).toBe('Training tiny on stripes with Reference (float64), seed 1.\n');
    expect(output).toMatch(/^epoch 1: training loss \S+, accuracy \S+%; validation loss \S+, accuracy \S+%$/m);
    expect(output).toMatch(/^epoch 2\/2 · step 7\/7 · loss \S+ · accuracy \S+ · [\d,]+ samples\/s · ETA 0:00$/m);
    expect(output).toMatch(/^test accuracy [\d.]+%, loss \S+\n7 steps in 0:\d\d \([\d,]+ samples\/s\) on Reference \(float64\)\n$/m);
    expect(output).not.toContain('\r');
  });

  it('schedules, clips, averages and freezes as it is told, and writes the weights that it measured', async () => {
    const told =
      '--optimizer adamw:beta1=0.8 --learning-rate 0.01 --schedule cosine --clip-norm 0.5 --accumulate 2 --average 0.5 --freeze conv --epochs 2';
    const { code, events } = await hebb('train', ...bare, ...told.split(' '), '--out', 'told', '--json');
    expect(code).toBe(0);
    expect(runOf('told')).toMatchObject({
      settings: {
        optimizer: { kind: 'adamw', parameters: { beta1: 0.8 } },
        schedule: { kind: 'cosine', parameters: {} },
        clipNorm: 0.5,
        accumulation: 2,
        averaging: { decay: 0.5 },
      },
    });
    // The averages stand in the file: measured again without averaging, they are worth the same.
    const again = await hebb('evaluate', ...bare.slice(0, 5), '--weights', 'told/weights.safetensors', '--json');
    expect(again.events[0]?.['testLoss']).toBeCloseTo(events.at(-1)?.['testLoss'] as number, 12);
  });

  it('ends by a rule, and says by which', async () => {
    const resting = [...bare, '--optimizer', 'sgd', '--learning-rate', '1e-9', '--epochs', '50', '--stop-stable', '0.5'];
    const { code, events } = await hebb('train', ...resting, '--json');
    expect(code).toBe(0);
    expect(events.find(({ event }) => event === 'stopped')).toMatchObject({ rule: 'stableLoss', epoch: 4, step: 20 });
    expect((await hebb('train', ...resting)).output).toContain('ended by a stable training loss after epoch 4, step 20\n');
  });

  it('names the number that went bad and exits with 1, or steps back as often as it is told', async () => {
    const wild = [...bare, '--optimizer', 'sgd', '--loss', 'mean-squared-error', '--learning-rate', '1000', '--epochs', '200'];
    const failed = await hebb('train', ...wild, '--json');
    expect(failed.code).toBe(1);
    const [bad] = failed.events.filter(({ event }) => event === 'bad-number');
    expect(bad).toMatchObject({ value: expect.stringMatching(/NaN|infinity/) as string });
    expect(lossesOf(failed).every((loss) => loss !== null)).toBe(true);
    const back = await hebb('train', ...wild, '--step-back', '2', '--json');
    expect(back.events.filter(({ event }) => event === 'bad-number')).toHaveLength(3);
    expect(back.errors).toContain('with the learning rate 250.');
  });

  it('refuses to freeze a layer that is not there', async () => {
    const { code, errors } = await hebb('train', ...training, '--freeze', 'nowhere');
    expect(code).not.toBe(0);
    expect(errors).toContain('There is no layer nowhere to freeze. The layers are');
  });

  it('goes on from given weights exactly where a longer training would be', async () => {
    // Plain gradient descent on samples in order remembers nothing but the weights.
    const plain = [...training, '--optimizer', 'sgd', '--order', 'sequential', '--json'];
    const whole = await hebb('train', ...plain, '--epochs', '3', '--out', 'whole');
    await hebb('train', ...plain, '--epochs', '1', '--out', 'begun');
    const rest = await hebb('train', ...plain, '--epochs', '2', '--init', 'begun/weights.safetensors', '--out', 'rest');
    expect(lossesOf(whole)).toHaveLength(15);
    expect(lossesOf(rest)).toEqual(lossesOf(whole).slice(5));
    expect(weightsOf('rest/weights.safetensors')).toEqual(weightsOf('whole/weights.safetensors'));
    const shuffled = await hebb(
      'train',
      ...training,
      '--optimizer',
      'sgd',
      '--order',
      'shuffled',
      '--json',
      '--epochs',
      '1',
      '--init',
      'begun/weights.safetensors',
    );
    expect(lossesOf(shuffled)).not.toEqual(lossesOf(rest).slice(0, 5));
  });

  it('takes a project folder, and the path of an images file with its labels beside it', async () => {
    const project = {
      format: 'hebb-project',
      version: 1,
      name: 'kept',
      revision: 1,
      savedAt: '2026-01-01T00:00:00.000Z',
      document: model,
      training: { ...runOf('first').settings, seed: 3 },
      dataset: { id: 'mnist' },
      layout: {},
    };
    writeStripes(path('project'), 6, { train: 40, test: 10 });
    writeFileSync(path('project', 'project.json'), JSON.stringify(project));
    const { code, events, errors } = await hebb('train', 'project', '--dataset', 'project', '--device', 'reference', '--json');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(lossesOf({ events } as Outcome)).toEqual(lossesOf(first));
    const pair = await hebb(
      'train',
      'project',
      '--dataset',
      'project/train-images-idx3-ubyte',
      '--device',
      'reference',
      '--steps',
      '1',
      '--json',
    );
    expect(pair).toMatchObject({ code: 0, errors: '' });
  });

  it('ends cleanly when interrupted, and keeps what was learnt', async () => {
    const child = start('train', ...training, '--epochs', '100000', '--out', 'interrupted', '--json');
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, events } = await endOf(child);
    const steps = events.filter(({ event }) => event === 'step');
    expect(code).toBe(130);
    expect(steps.length).toBeGreaterThan(0);
    expect(events.at(-1)).toEqual({ event: 'interrupted', step: steps.length });
    expect(runOf('interrupted')).toMatchObject({ status: 'stopped' });
    expect(weightsOf('interrupted/weights.safetensors')).toHaveLength(4);
  });
});

describe('a template on data of another form', () => {
  it('follows the data, and the folder of its run is a model of its own', async () => {
    const trained = await hebb('train', 'mlp', ...training.slice(1), '--steps', '2', '--out', 'fitted');
    expect(trained).toMatchObject({ code: 0 });
    expect(trained.errors).toMatch(/follows stripes: .*shape = \[1,6,6\].*units = 2/);
    expect(weightsOf('fitted/weights.safetensors').map(({ shape }) => shape)).toContainEqual([128, 36]);
    const measured = await hebb('evaluate', 'fitted', '--device', 'reference', '--json');
    expect(measured).toMatchObject({ code: 0, errors: '' });
    expect(measured.events.at(-1)?.['testLoss']).toBeCloseTo(runOf('fitted').result.testLoss, 6);
    const written = await hebb('export', 'fitted', '--to', 'onnx', '--out', 'fitted.onnx', '--device', 'reference', '--json');
    expect(written.events.at(-1)).toMatchObject({ event: 'done', format: 'onnx', check: { samples: expect.any(Number) as number } });
  });

  it('leaves a network of your own as it is', async () => {
    writeFileSync(
      path('other.json'),
      JSON.stringify({ ...model, nodes: model.nodes.map((node) => (node.id === 'dense' ? { ...node, parameters: { units: 5 } } : node)) }),
    );
    expect(await hebb('train', 'other.json', ...training.slice(1), '--steps', '1')).toMatchObject({ code: 1 });
  });

  it('asks for weights where there are none', async () => {
    const { code, errors } = await hebb('evaluate', 'model.json', '--dataset', 'stripes', '--device', 'reference');
    expect({ code, errors }).toMatchObject({ code: 1, errors: expect.stringContaining('--weights FILE') as string });
  });
});

describe('a data set by its name', () => {
  it('is found while there is one of that name, then asked for by its id', async () => {
    const [first] = (await hebb('import', 'stripes', '--name', 'lines', '--json')).events.slice(-1);
    expect(first).toMatchObject({ event: 'done', name: 'lines' });
    const byName = ['train', 'model.json', '--dataset', 'lines', ...training.slice(3), '--steps', '1', '--out', 'named'];
    expect(await hebb(...byName)).toMatchObject({ code: 0 });
    expect(runOf('named')).toMatchObject({ dataset: first?.['id'] });
    await hebb('import', 'stripes', '--name', 'lines');
    expect((await hebb(...byName)).errors).toContain(String(first?.['id']));
  });
});
