/**
 * The commands: what each is for and what it takes. Parsing (arguments.ts) and help (help.ts) both come from this table;
 * what a command does stands in its own file.
 */
import { MAXIMUM_THREADS } from '../../compute/devices/cpu/threads';
import { precision, trainingOptions } from './training-options';
import { bundledDatasets } from '../services/bundled/registry';
import { choice, choiceOr, flag, requiredChoice, requiredText, text, wholeNumber, type OptionValues, type Options } from './options';

export interface Command<Given extends Options = Options> {
  readonly summary: string;
  /** More of it, for the command's own help. */
  readonly description: string;
  /** Whether the first word after the command names a model. */
  readonly takesModel: boolean;
  readonly options: Given;
  /** Pairs of options of which only one may be given. */
  readonly exclusive?: readonly (readonly [string, string])[];
}

const define = <Given extends Options>(command: Command<Given>): Command<Given> => command;

const devices = ['auto', 'webgpu', 'cpu', 'reference'] as const;
const dataset = text(
  'ID|PATH',
  `${[...bundledDatasets.keys()].join(', ')}, the id of an imported one, a folder with IDX files, or one file of an IDX pair (the other beside it)`,
);
const device = choiceOr(
  devices,
  'auto',
  'where to compute; auto takes a real GPU, else whichever of WebGPU in software and the CPU is faster; reference is slow and exact',
);
const threads = wholeNumber(1, MAXIMUM_THREADS, 'threads of the CPU device, by default one for each core; results do not depend on them');
const json = flag('print one JSON object a line');
const weights = requiredText('FILE', 'the weights, a safetensors file');

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
      seed: wholeNumber(0, 0xffffffff, 'of first weights, order and dropout; the same seed gives the same bytes on a device'),
      order: choice(['shuffled', 'sequential'], 'of the samples: shuffled anew each epoch, or as they are'),
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
    description: 'Prints loss, accuracy and the accuracy of each class; with --json also the confusion matrix.',
    takesModel: true,
    options: { weights, dataset, device, threads, json },
  }),
  export: define({
    summary: 'write a trained network in a format of other software',
    description: 'Writes an ONNX model (opset 17, float32) or the weights as safetensors, then reads the file back and compares it.',
    takesModel: true,
    options: {
      weights,
      to: requiredChoice(['onnx', 'safetensors'], 'the format'),
      out: requiredText('FILE', 'the file to write; one that is there is replaced'),
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
