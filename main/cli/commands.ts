/**
 * The commands: what each is for and what it takes. Parsing (arguments.ts) and help (help.ts) both come from this table;
 * what a command does stands in its own file.
 */
import { MAXIMUM_THREADS } from '../../compute/devices/cpu/threads';
import { preparationOptions } from './preparation-options';
import { precision, trainingOptions } from './training-options';
import { bundledDatasets } from '../services/bundled/registry';
import { exportFormatNames } from '../contract/exports';
import { importKinds } from '../contract/imports';
import {
  choice,
  choiceOr,
  decimal,
  flag,
  list,
  requiredChoice,
  requiredText,
  size,
  text,
  textOr,
  wholeNumber,
  type OptionValues,
  type Options,
} from './options';

export interface Command<Given extends Options = Options> {
  readonly summary: string;
  /** More of it, for the command's own help. */
  readonly description: string;
  /** Whether the first word after the command names a model. */
  readonly takesModel: boolean;
  /** Words after the command that are no model: how they stand in help, and how many there must and may be. */
  readonly words?: { readonly placeholder: string; readonly help: string; readonly least: number; readonly most: number };
  readonly options: Given;
  /** Pairs of options of which only one may be given. */
  readonly exclusive?: readonly (readonly [string, string])[];
}

const define = <Given extends Options>(command: Command<Given>): Command<Given> => command;

const devices = ['auto', 'webgpu', 'cpu', 'reference'] as const;
const dataset = text(
  'ID|PATH',
  `${[...bundledDatasets.keys()].join(', ')}, the id of an imported one, or a file or folder that hebb import takes`,
);
const device = choiceOr(
  devices,
  'auto',
  'where to compute; auto takes a real GPU, else whichever of WebGPU in software and the CPU is faster; reference is slow and exact',
);
const memory = wholeNumber(
  1,
  1_048_576,
  'megabytes of samples to keep in memory, by default 1024; those of a larger data set are read from disk while they are needed',
);
const threads = wholeNumber(1, MAXIMUM_THREADS, 'threads of the CPU device, by default one for each core; results do not depend on them');
const json = flag('print one JSON object a line');
const weights = text('FILE', 'the weights, a safetensors file; a folder that hebb train wrote has its own');

export const commands = {
  train: define({
    summary: 'train a network',
    description:
      'Trains on the training split, measures on the validation split after each epoch and on the test split at the end.\n' +
      'What is not given comes from the project or the template, else from the defaults of a new project. Ctrl+C ends the\n' +
      'training after the step at hand, keeps what was learnt with --out, and exits with 130.',
    takesModel: true,
    options: {
      dataset,
      epochs: wholeNumber(1, 1_000_000, 'how often to go through the training split'),
      steps: wholeNumber(1, 0x7fffffff, 'how many batches to train on, instead of --epochs'),
      batch: wholeNumber(1, 65_536, 'samples a batch'),
      ...trainingOptions,
      ...preparationOptions,
      seed: wholeNumber(0, 0xffffffff, 'of first weights, order and dropout; the same seed gives the same bytes on a device'),
      order: choice(['shuffled', 'sequential'], 'of the samples: shuffled anew each epoch, or as they are'),
      memory,
      init: text('FILE', 'start from these weights (safetensors) rather than random ones'),
      device,
      threads,
      out: text('FOLDER', 'write weights.safetensors, run.json and metrics.jsonl there, in place of those of an earlier run'),
      json,
    },
    exclusive: [['epochs', 'steps']],
  }),
  evaluate: define({
    summary: 'measure weights on the test split of a data set',
    description:
      'Prints loss, accuracy and the accuracy of each class, or the mean absolute error and R² of each number; with --json also\n' +
      'the confusion matrix.',
    takesModel: true,
    options: {
      weights,
      dataset,
      memory,
      loss: trainingOptions.loss,
      target: trainingOptions.target,
      normalize: preparationOptions.normalize,
      'standardize-targets': preparationOptions['standardize-targets'],
      device,
      threads,
      json,
    },
  }),
  'import-model': define({
    summary: 'make a project of a model or of weights of other software',
    description:
      'Reads ONNX, Keras (.keras, .h5) or TensorFlow.js (model.json, its binaries beside it) and writes a project folder with the\n' +
      'network, the weights that it begins with, and a report (import.json); hebb train FOLDER goes on from there. A graph is\n' +
      'imported whole or not at all; what stands in the way is listed. With --weights the model may be a template, a project or a\n' +
      'model document too, and takes the weights of another file (safetensors, .npz, or any of the above) by name and shape.\n' +
      'Pickled files (.pt, .pth, .pkl, .bin) are never opened; the message says how to save them as safetensors.',
    takesModel: true,
    options: {
      out: requiredText('FOLDER', 'the project folder to write; one that is there already is not touched'),
      shape: text('N,…', 'the shape of one sample, channels first, where the file leaves it open'),
      output: text('NODE', 'the node to end the network at, instead of its output'),
      weights: text('FILE', 'take the weights of this file, where name and shape fit'),
      'replace-head': wholeNumber(1, 65_536, 'give the last layer so many outputs, with new weights; a Softmax behind it goes'),
      freeze: flag('freeze all layers but the last one with weights'),
      dataset: text('ID', 'the data set of the project; mnist if not given'),
      seed: wholeNumber(0, 0xffffffff, 'of weights that the file does not have'),
      json,
    },
  }),
  export: define({
    summary: 'write a trained network in a format of other software',
    description:
      'Writes an ONNX model (opset 17), the weights (safetensors, npz), a model of TensorFlow.js (a folder, or a .zip), of Keras\n' +
      '(.keras, .h5), or a PyTorch project (a folder, or a .zip). What is written is read back and computed by onnxruntime on 64\n' +
      'samples of the data set first; where an output differs by more than 1e-4 of the largest, nothing is written.',
    takesModel: true,
    options: {
      weights,
      to: requiredChoice(exportFormatNames, 'the format'),
      out: requiredText('PATH', 'the file to write, in place of one that is there, or a folder that is not there'),
      dataset,
      'with-data': flag('pytorch: copy the data set into the project'),
      device,
      threads,
      json,
    },
  }),
  explain: define({
    summary: 'print the plan of a training step',
    description:
      'Lists the kernels of one training step in order: variant, workgroups, floating-point operations, bytes of tensors read and\n' +
      'written, and the share of the time, then the sums and the peak memory. On the CPU what a kernel is divided into are tasks,\n' +
      'which threads share. The reference device has no kernels.',
    takesModel: true,
    options: {
      dataset,
      batch: wholeNumber(1, 65_536, 'samples a batch'),
      precision,
      device,
      threads,
      static: flag('measure no times'),
      json,
    },
  }),
  import: define({
    summary: 'make a data set of files',
    description:
      'Reads image folders (a class a folder, or a table of names and labels beside them), ZIP archives of the same, IDX, CIFAR,\n' +
      'CSV and TSV, NPY and NPZ, Parquet, text and WAV into a data set that every command and the window know by its id. What is\n' +
      'not said is proposed from the files themselves. What could not be read is told at the end; the report stays with the data.',
    takesModel: false,
    words: { placeholder: 'PATH', help: 'files, folders or archives that together are one data set', least: 1, most: 1000 },
    options: {
      name: text('NAME', 'of the data set, by default that of the file or folder'),
      kind: choice(importKinds, 'what the files are, where that is not plain'),
      target: list('COLUMN,…', 'of a table: the columns to be predicted'),
      task: choice(['classification', 'regression'], 'of a table or of arrays: whether the target is a class or a number'),
      delimiter: choice(['comma', 'semicolon', 'tab', 'bar', 'space'], 'of a table: what parts its fields, where that was not told right'),
      header: choice(['yes', 'no'], 'of a table: whether the first row has the names of the columns'),
      numeric: list('COLUMN,…', 'of a table: columns of numbers'),
      categorical: list('COLUMN,…', 'of a table: columns of categories, also where they are written as numbers'),
      ignore: list('COLUMN,…', 'of a table: columns that are left out'),
      missing: choice(
        ['mean', 'median', 'zero', 'category', 'drop'],
        'of a table: what stands for a missing input; drop leaves out its row',
      ),
      unit: choice(['characters', 'words'], 'of texts: what a symbol is'),
      length: wholeNumber(1, 65_536, 'of texts: symbols of a sample'),
      size: size('of images: what all are brought to, by default the size of the first'),
      fit: choice(['stretch', 'contain', 'cover'], 'of images of other proportions: change them, add a border, or cut'),
      colour: choice(['grey', 'colour'], 'of images: one channel or three'),
      classes: list('NAME,…', 'names for the classes, in the order of their numbers or old names'),
      split: choice(['ratio', 'folder', 'file'], 'which samples go where: by lot, or as folders or files are named'),
      'split-column': text('COLUMN', 'which samples go where: as the values of this column say'),
      validation: decimal(0, 0.9, 'share of the samples for validation, by default 0.1'),
      test: decimal(0, 0.9, 'share of the samples for the test, by default 0.1'),
      seed: wholeNumber(0, 0xffffffff, 'of the lots that divide and order the samples'),
      json,
    },
    exclusive: [['split', 'split-column']],
  }),
  datasets: define({
    summary: 'list the data sets, or tell what is known of one',
    description:
      'Prints id, name, samples and shape of each data set; with an id the classes and splits of that one, and how it was imported.',
    takesModel: false,
    words: { placeholder: '[ID]', help: 'the id of a data set', least: 0, most: 1 },
    options: { json },
  }),
  sweep: define({
    summary: 'train a network with many values of its settings and layers',
    description:
      'Trains one trial after the other and tells the best. The queue is sweep.json in the folder of --out: the same command again\n' +
      'goes on where it ended. Paths are settings.NAME and network.LAYER.PARAMETER. Ctrl+C ends with 130; the trial at hand is\n' +
      'trained anew the next time.',
    takesModel: true,
    options: {
      over: text('PATH=VALUES;…', 'what varies: a,b,c or MIN..MAX[:linear|log][:COUNT], such as settings.learningRate=1e-4..1e-1:log:4'),
      plan: text('FILE', 'what varies and how, as JSON, in place of the options'),
      method: choiceOr(
        ['grid', 'random', 'halving'],
        'grid',
        'every combination; random ones; or many short trainings of which the best go on',
      ),
      trials: wholeNumber(1, 10_000, 'how many random trials, or trials of the first round; 10 if not given'),
      'first-epochs': wholeNumber(1, 1_000_000, 'epochs of the first round of a halving; 1 if not given'),
      factor: wholeNumber(2, 10, 'of how many trials a halving keeps one, to be trained so many times as long; 3 if not given'),
      seed: wholeNumber(0, 0xffffffff, 'of the random trials; 1 if not given'),
      measure: textOr('SPLIT/MEASURE', 'validation/loss', 'what counts, such as validation/accuracy'),
      dataset,
      epochs: wholeNumber(1, 1_000_000, 'how often each trial goes through the training split'),
      batch: wholeNumber(1, 65_536, 'samples a batch'),
      device,
      threads,
      out: requiredText('FOLDER', 'where sweep.json and the runs go'),
      json,
    },
    exclusive: [['over', 'plan']],
  }),
  runs: define({
    summary: 'list runs, show one, take it away as a report or for TensorBoard',
    description:
      'Lists the runs of a project or of a sweep, the newest first; with an ID, all that is known of that one; with two, what differs\n' +
      'between them.',
    takesModel: false,
    words: {
      placeholder: 'FOLDER',
      help: 'a project, the folder of a sweep or of runs; behind it, the id of a run to show, or two to compare',
      least: 1,
      most: 3,
    },
    options: {
      report: text('FILE', 'write the run as one HTML file'),
      tensorboard: text('FOLDER', 'write event files for TensorBoard there'),
      json,
    },
  }),
  templates: define({
    summary: 'list the networks that one can start from',
    description: 'Prints id, name, number of parameters, cost of a sample, data set and description of each template.',
    takesModel: false,
    options: { json },
  }),
  layers: define({
    summary: 'list the layers, losses, optimizers, schedules and initializers',
    description: 'Prints kind, formula, shapes and parameters of each; with --markdown the reference page docs/layers.md.',
    takesModel: false,
    options: { json, markdown: flag('print the reference page') },
    exclusive: [['json', 'markdown']],
  }),
  devices: define({
    summary: 'list the devices that Hebb can compute on',
    description:
      'Prints the WebGPU adapters that were found, software ones named as such, the CPU with its threads, and the reference device.',
    takesModel: false,
    options: { json },
  }),
} as const;

export type CommandName = keyof typeof commands;
export const commandNames = Object.keys(commands) as readonly CommandName[];
export const isCommandName = (word: string): word is CommandName => Object.hasOwn(commands, word);

/** The values of a command's options. */
export type ValuesFor<Name extends CommandName> = OptionValues<(typeof commands)[Name]['options']>;
