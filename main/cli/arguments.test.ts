import { describe, expect, it } from 'vitest';
import { parseCommandLine } from './arguments';
import { commandNames, commands } from './commands';
import { helpText } from './help';

/** What says how the weights learn, where nothing of it is given. */
const learning = {
  optimizer: null,
  loss: null,
  target: null,
  schedule: null,
  'weight-decay': null,
  l1: null,
  'normalize-gradient': false,
  'clip-norm': null,
  'clip-value': null,
  accumulate: null,
  augment: null,
  average: null,
  'class-weights': null,
  normalize: null,
  'standardize-targets': null,
  freeze: null,
  'stop-gradient': null,
  'stop-stable': null,
  patience: null,
  measure: null,
  'keep-last': false,
  precision: null,
  'step-back': null,
};

const everyCommand = 'train, evaluate, import-model, export, explain, import, datasets, sweep, runs, templates, layers, devices';

const parse = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));

describe('a command line', () => {
  it('gives every option of train its value', () => {
    expect(
      parse(
        'train lenet-5 --dataset mnist --epochs 3 --batch 64 --optimizer momentum:momentum=0.5 --learning-rate 1e-2 --seed 4294967295 ' +
          '--order sequential --memory 512 --init w.safetensors --device cpu --threads 2 --out folder --json',
      ),
    ).toEqual({
      kind: 'run',
      invocation: {
        command: 'train',
        model: 'lenet-5',
        values: {
          dataset: 'mnist',
          epochs: 3,
          steps: null,
          batch: 64,
          ...learning,
          optimizer: { kind: 'momentum', parameters: { momentum: 0.5 } },
          'learning-rate': 0.01,
          seed: 4294967295,
          order: 'sequential',
          memory: 512,
          init: 'w.safetensors',
          device: 'cpu',
          threads: 2,
          out: 'folder',
          json: true,
        },
      },
    });
  });

  it('leaves what is not given to the model, and the device to Hebb', () => {
    expect(parse('train mlp')).toEqual({
      kind: 'run',
      invocation: {
        command: 'train',
        model: 'mlp',
        values: {
          dataset: null,
          epochs: null,
          steps: null,
          batch: null,
          ...learning,
          'learning-rate': null,
          seed: null,
          order: null,
          memory: null,
          init: null,
          device: 'auto',
          threads: null,
          out: null,
          json: false,
        },
      },
    });
  });

  it('takes options before the model, values after =, and a path with a dash after --', () => {
    expect(parse('train --seed=7 mlp')).toMatchObject({ invocation: { model: 'mlp', values: { seed: 7 } } });
    expect(parse('train -- -odd-name')).toMatchObject({ invocation: { model: '-odd-name' } });
    expect(parse('export mlp --weights a --to onnx --out b')).toMatchObject({
      invocation: { command: 'export', values: { weights: 'a', to: 'onnx', out: 'b', json: false } },
    });
  });

  it.each([
    ['--help', null],
    ['-h', null],
    ['help', null],
    ['help train', 'train'],
    ['train --help', 'train'],
    ['evaluate -h', 'evaluate'],
    // Whoever is lost asks for help; that counts more than what is wrong.
    ['train --nonsense --help', 'train'],
  ])('%s asks for help', (line, command) => {
    expect(parse(line)).toEqual({ kind: 'help', command });
  });

  it.each(['--version', '-v'])('%s asks for the version', (line) => {
    expect(parse(line)).toEqual({ kind: 'version' });
  });
});

describe('a wrong command line is refused, with the reason', () => {
  it.each([
    ['', `say what to do: ${everyCommand}`],
    ['trian lenet-5', 'there is no command trian. Did you mean train?'],
    ['fly', 'there is no command fly.'],
    ['help trian', 'there is no command trian. Did you mean train?'],
    ['--json train', `the command comes first: ${everyCommand}`],
    ['train', 'name a model: a project folder, a model.json or a template (see hebb templates)'],
    ['train a b', 'one model is enough; what is b?'],
    ['templates a', 'templates takes no a'],
    ['train mlp --epoch 3', 'train has no option --epoch. Did you mean --epochs?'],
    ['train mlp --frobnicate', 'train has no option --frobnicate.'],
    ['train mlp -s 3', 'train has no option -s.'],
    // Names that every object has are no options.
    ['train mlp --constructor', 'train has no option --constructor.'],
    ['train mlp --__proto__ 3', 'train has no option --__proto__.'],
    ['templates --dataset mnist', 'templates has no option --dataset.'],
    ['train mlp --epochs', '--epochs needs a value: --epochs N'],
    ['train mlp --out --json', '--out needs a value: --out FOLDER'],
    ['train mlp --json=yes', '--json takes no value, but got yes'],
    ['train mlp --seed 1 --seed 2', '--seed is given twice'],
    ['train mlp --epochs 0', '--epochs must be a whole number from 1 to 1000000, not 0'],
    ['train mlp --epochs 1.5', '--epochs must be a whole number from 1 to 1000000, not 1.5'],
    ['train mlp --epochs 0x10', '--epochs must be a whole number from 1 to 1000000, not 0x10'],
    ['train mlp --steps 2147483648', '--steps must be a whole number from 1 to 2147483647, not 2147483648'],
    ['train mlp --batch 65537', '--batch must be a whole number from 1 to 65536, not 65537'],
    ['train mlp --seed 4294967296', '--seed must be a whole number from 0 to 4294967295, not 4294967296'],
    ['train mlp --seed -1', '--seed must be a whole number from 0 to 4294967295, not -1'],
    ['train mlp --learning-rate -1', '--learning-rate must be a number from 0 to 1000, not -1'],
    ['train mlp --learning-rate NaN', '--learning-rate must be a number from 0 to 1000, not NaN'],
    ['train mlp --learning-rate Infinity', '--learning-rate must be a number from 0 to 1000, not Infinity'],
    ['train mlp --learning-rate=', '--learning-rate must be a number from 0 to 1000, not empty'],
    ['train mlp --optimizer magic', '--optimizer must be one of adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd, not magic'],
    ['train mlp --schedule step:often=3', '--schedule must be step with parameters out of every, factor, not step:often=3'],
    [
      'train mlp --schedule step:every=0',
      '--schedule must be right: Every must be a whole number from 1 to 100000, not 0., not step:every=0',
    ],
    ['train mlp --threads 0', '--threads must be a whole number from 1 to 32, not 0'],
    ['train mlp --device cuda', '--device must be one of auto, webgpu, cpu, reference, not cuda'],
    ['train mlp --out=', '--out must be a name, not empty'],
    ['train mlp --epochs 1 --steps 5', '--epochs and --steps exclude each other: give one of them'],
    ['export mlp --weights w --out o', '--to onnx|safetensors|tfjs|keras|h5|npz|pytorch is missing'],
    ['export mlp --weights w --to tflite --out o', '--to must be one of onnx, safetensors, tfjs, keras, h5, npz, pytorch, not tflite'],
  ])('hebb %s', (line, message) => {
    expect(parse(line)).toMatchObject({ kind: 'usage', message });
  });
});

describe('help', () => {
  it('names every command, and of each command every option', () => {
    for (const name of commandNames) {
      expect(helpText(null)).toContain(`  ${name} `);
      const help = helpText(name);
      for (const [option, { help: explanation }] of Object.entries(commands[name].options)) {
        expect(help).toContain(`--${option} `);
        expect(help).toContain(explanation);
      }
    }
  });

  it('tells the exit codes', () => {
    expect(helpText(null)).toMatch(/0 .*1 .*2 .*130/);
  });
});
