/** The command as a person runs it: words in; lines, files and an exit code out. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { templates } from '../services/templates';
import { endOf, writeStripes } from './testing/command';
import { model, training, workplaceWithStripes } from './testing/stripes';

const { hebb, path, start } = workplaceWithStripes();

describe('hebb', () => {
  it('explains itself', async () => {
    for (const words of [['--help'], ['help', 'train'], ['export', '--help']]) {
      const { code, output, errors } = await hebb(...words);
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(output).toMatch(/^Usage: hebb/);
    }
    expect(await hebb('--version')).toMatchObject({ code: 0, output: `${version}\n` });
  });

  it.each([
    ['nothing', [], 'say what to do'],
    ['an unknown command', ['fly'], 'there is no command fly'],
    ['an unknown option', ['train', 'mlp', '--speed', '9'], 'train has no option --speed'],
    ['a bad value', ['train', 'mlp', '--epochs', 'many'], '--epochs must be a whole number'],
  ])('refuses %s with 2, and says why on standard error', async (_what, words, message) => {
    const { code, output, errors } = await hebb(...words);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(`hebb: ${message}`);
    expect(errors).toContain('--help');
  });

  it('is a process with these outputs and exit codes', async () => {
    const refused = await endOf(start('train', 'mlp', '--batch', '0'));
    expect(refused).toMatchObject({ code: 2, output: '' });
    expect(refused.errors).toContain('hebb: --batch must be');
    const failed = await endOf(start('train', 'nothing'));
    expect(failed).toMatchObject({ code: 1, output: '' });
    expect(failed.errors).toMatch(/^hebb: There is no model nothing/);
    const listed = await endOf(start('templates', '--json'));
    expect(listed).toMatchObject({ code: 0, errors: '' });
    expect(listed.events).toHaveLength(templates.length);
  });

  it('lists templates and devices', async () => {
    const listed = await hebb('templates', '--json');
    expect(listed.events.map(({ id }) => id)).toEqual(templates.map(({ id }) => id));
    // 784·10 + 10, and LeCun's network with 6 and 16 maps.
    expect(listed.events.find(({ id }) => id === 'logistic-regression')).toMatchObject({ parameters: 7850, dataset: 'mnist' });
    expect(listed.events.find(({ id }) => id === 'lenet-5')).toMatchObject({ parameters: 61_706 });
    expect((await hebb('templates')).output).toContain('lenet-5              LeNet-5, 61,706 parameters, 852 kFLOPs a sample');
    const devices = await hebb('devices', '--json');
    expect(devices.code).toBe(0);
    expect(devices.events.at(-1)).toMatchObject({ kind: 'reference' });
    expect(devices.events.every(({ name, software }) => typeof name === 'string' && typeof software === 'boolean')).toBe(true);
  });
});

describe('what fails ends with 1 and says why', () => {
  beforeAll(() => {
    writeFileSync(path('broken.json'), '{"format":"hebb-model"');
    writeFileSync(path('wrong.json'), JSON.stringify({ ...model, nodes: 3 }));
    const [input, ...others] = model.nodes;
    writeFileSync(path('larger.json'), JSON.stringify({ ...model, nodes: [{ ...input, parameters: { shape: [1, 7, 7] } }, ...others] }));
    writeFileSync(path('open.json'), JSON.stringify({ ...model, edges: model.edges.slice(1) }));
    writeStripes(path('truncated'), 6, { train: 40, test: 10 });
    writeFileSync(path('truncated/train-images-idx3-ubyte'), readFileSync(path('stripes/train-images-idx3-ubyte')).subarray(0, 500));
    writeFileSync(path('torn.safetensors'), new Uint8Array(20));
  });

  it.each([
    ['an unknown model', ['train', 'lenet5'], /no model lenet5: .*lenet-5/],
    ['a folder without a project', ['train', 'stripes'], /stripes is neither a project nor a run/],
    ['a model that is no JSON', ['train', 'broken.json'], /broken\.json is no model that Hebb can read/],
    ['a model of another form', ['train', 'wrong.json', '--dataset', 'stripes'], /wrong\.json .*nodes/],
    ['a network with an open input', ['train', 'open.json', '--dataset', 'stripes', '--device', 'reference'], /lead nowhere: input, dense/],
    ['data of another shape', ['train', 'larger.json', '--dataset', 'stripes', '--device', 'reference'], /1×6×6/],
    ['an unknown data set', ['train', 'model.json', '--dataset', 'nothing'], /no data set “nothing”/],
    ['a truncated file', ['train', 'model.json', '--dataset', 'truncated'], /train-images-idx3-ubyte” is truncated/],
    ['weights that are none', ['train', 'model.json', '--dataset', 'stripes', '--init', 'torn.safetensors'], /safetensors/],
    [
      'weights that are not there',
      ['evaluate', 'model.json', '--weights', 'none.safetensors', '--dataset', 'stripes'],
      /none\.safetensors/,
    ],
    ['a file where the folder should be', ['train', 'model.json', '--dataset', 'stripes', '--out', 'model.json'], /model\.json is a file/],
  ])('%s', async (_what, words, message) => {
    const { code, output, errors } = await hebb(...words);
    expect(errors).toMatch(message);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).not.toMatch(/unforeseen|\{\w+\}|\bat .*\.js:/);
  });

  it('weights of another network', async () => {
    await hebb('train', ...training, '--steps', '1', '--out', 'tiny', '--json');
    const evaluated = await hebb('evaluate', 'mlp', '--weights', 'tiny/weights.safetensors', '--json');
    expect(evaluated.code).toBe(1);
    expect(evaluated.errors).toMatch(/dense1\.weight|hidden1\.weight|weight/);
    for (const format of ['onnx', 'safetensors']) {
      const exported = await hebb('export', 'mlp', '--weights', 'tiny/weights.safetensors', '--to', format, '--out', 'never');
      expect(exported).toMatchObject({ code: 1, output: '' });
      expect(exported.errors).toMatch(/weights do not fit the network/);
    }
  });
});
