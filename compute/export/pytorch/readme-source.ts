/** README.md of a PyTorch project: what is in it, how it is run, and what differs from Hebb. */
import type { TrainingSettings } from '../../graph/training-settings';
import type { ProjectDataset } from './project-dataset';

export interface ReadmeFacts {
  readonly name: string;
  readonly settings: TrainingSettings;
  readonly dataset: ProjectDataset | null;
  readonly input: string;
  readonly output: string;
  readonly kinds: readonly string[];
  /** Whether the network's first layer normalises what it is given. */
  readonly normalizes: boolean;
  /** Whether its last layer gives targets in the units of the data set. */
  readonly standardizes: boolean;
  readonly augments: boolean;
  /** Names of weights in Hebb and here, where they differ. */
  readonly renamed: readonly (readonly [string, string])[];
  readonly checked: boolean;
}

/** Layers that draw random numbers while they train. */
const random: ReadonlySet<string> = new Set(['dropout', 'spatial-dropout', 'gaussian-noise', 'noisy-relu']);

function differences({ settings, kinds }: ReadmeFacts): readonly string[] {
  return [
    ...(kinds.some((kind) => random.has(kind))
      ? ['Dropout and noise are drawn by PyTorch: losses follow those of Hebb on the whole, not number by number.']
      : []),
    ...(kinds.includes('batch-norm')
      ? [
          'With several processes batch normalisation looks at whole batches on GPUs (SyncBatchNorm); on CPUs, where PyTorch has no such layer, each process looks at its share of a batch.',
        ]
      : []),
    ...(settings.precision === 'f32' ? [] : ['Activations stay in 32 bits; Hebb kept them in 16 bits between its kernels.']),
    ...(settings.learningRule.kind === 'back-propagation' ? [] : ['It learns by back-propagation; Hebb was told another rule.']),
  ];
}

export function readme(facts: ReadmeFacts): string {
  const { name, dataset, input, output, renamed, checked, normalizes, standardizes, augments } = facts;
  const differing = differences(facts);
  return [
    `# ${name.trim() === '' ? 'A network' : name.trim()}`,
    '',
    `A network drawn and trained in Hebb, as a PyTorch project. It takes samples of ${input} and gives ${output}. It needs Python 3.8 or`,
    'newer with torch (1.13 or newer) and numpy, and nothing else.',
    '',
    '- `model.py`: the network.',
    '- `weights.safetensors`: what it learned; `initial.safetensors`: how it began.',
    '- `train.py`: the training, with `settings.py` (how), `data.py` (on what), `order.py` (in which order), `batches.py` (what becomes',
    '  of a batch), `rules.py` (around the optimizer) and `processes.py` (several at once).',
    ...(augments ? ['- `augmentation.py`, with `pictures.py`: what is done to samples at random while training.'] : []),
    '- `weights.py`: reads and writes safetensors files.',
    ...(checked ? ['- `check.py`: runs the network on samples of which `check.safetensors` holds what Hebb computed.'] : []),
    '',
    '## Use it',
    '',
    '```python',
    'import torch, weights',
    'from model import Network',
    '',
    'network = Network().eval()',
    'network.load_state_dict(weights.load("weights.safetensors"), strict=False)',
    '```',
    '',
    ...(dataset?.sampleType === 'u8' ? ['Bytes go in as numbers from 0 to 1: divide them by 255.', ''] : []),
    ...(normalizes
      ? ['Samples go in as the data set holds them: the first layers normalise them, with the numbers of the training split.', '']
      : []),
    ...(standardizes
      ? [
          'What it says is in the units of the data set: the last layer sees to that. The loss compares in deviations of the training split.',
          '',
        ]
      : []),
    ...((dataset?.columns.length ?? 0) === 0
      ? []
      : [
          'The numbers of a sample, and of what is told, by the columns of the table:',
          '',
          ...(dataset?.columns ?? []).map((line) => `- ${line}`),
          '',
        ]),
    '## Train it',
    '',
    ...(dataset === null
      ? ['`--data` names a folder with a data set as Hebb keeps it: `manifest.json` and the files that it lists.']
      : [
          `The data set “${dataset.name}” belongs in the folder \`data\` (or where \`--data\` says): \`manifest.json\` and the files that it lists.`,
        ]),
    '',
    '```sh',
    'python train.py                                  # one GPU if there is one, else the CPU',
    'python train.py --weights weights.safetensors    # goes on from what was learned',
    'torchrun --nproc_per_node=4 train.py             # four processes, each with its share of every batch',
    '```',
    '',
    'With several processes the batch stays as large as `settings.py` says, and so the losses stay the same; raise `BATCH_SIZE` and the',
    'learning rate to use more of them.',
    '',
    `Order of samples, batches, ${augments ? 'augmentation, ' : ''}loss, optimizer, schedule, limits of the gradient and stopping are those of Hebb.`,
    'Only a data set too large for the memory of a device does Hebb shuffle a window at a time, and so in another order than here.',
    ...(differing.length === 0 ? [] : ['What differs:', '', ...differing.map((line) => `- ${line}`)]),
    '',
    ...(renamed.length === 0
      ? []
      : [
          '## Names',
          '',
          'Names that Python does not allow were changed:',
          '',
          ...renamed.map(([before, after]) => `- \`${before}\`: \`${after}\``),
          '',
        ]),
  ].join('\n');
}
