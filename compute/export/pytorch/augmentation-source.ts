/** What Hebb does to the samples of a batch at random, as augmentation.py. Pure. */
import { chooseAugmentations, needsColours, type ChosenAugmentation } from '../../augmentations/augment';
import { mergedLines } from '../../augmentations/pytorch';
import { unwrap } from '../../graph/problem';
import type { Shape } from '../../graph/tensor';
import type { PreparationSettings } from '../../graph/training-settings';

/** The functions of resources/pytorch/pictures.py. */
const functions = ['affine', 'after', 'normal', 'warp', 'whole_number'] as const;

const indented = (line: string): string => `    ${line.replaceAll('\n', '\n    ')}`;

/** A text that is three rows of three numbers, as a Python list. */
const rowsOf = (colours: readonly number[]): string =>
  `[${[0, 3, 6].map((first) => `[${colours.slice(first, first + 3).join(', ')}]`).join(', ')}]`;

/** Whether samples are mixed, and so their labels. */
export const mixesSamples = ({ augmentation }: PreparationSettings, sampleShape: Shape): boolean =>
  chosenFor(augmentation, sampleShape).some(({ definition }) => definition.effect.type === 'mix');

const chosenFor = (wanted: PreparationSettings['augmentation'], sampleShape: Shape): readonly ChosenAugmentation[] =>
  unwrap(chooseAugmentations(wanted, { sampleShape, sampleType: 'f32' }));

/**
 * The source of augmentation.py; null where nothing is augmented. `colours` are Statistics.colours; needed by some augmentations.
 * Throws a ProblemError where the augmentations do not fit the samples.
 */
export function pytorchAugmentation(
  { augmentation }: PreparationSettings,
  sampleShape: Shape,
  colours: readonly number[] | null,
): string | null {
  const chosen = chosenFor(augmentation, sampleShape);
  if (chosen.length === 0) return null;
  const lines = mergedLines(chosen.map(({ definition, parameters }) => definition.pytorch(parameters)));
  const body = chosen.flatMap(({ definition: { kind, label } }, place) => [
    '',
    `# ${label}`,
    `uniform = stream("augmentation ${String(place)} ${kind}", seed, step, x.device)`,
    ...(lines[place] ?? []),
  ]);
  const text = body.join('\n');
  const used = functions.filter((name) => new RegExp(`\\b${name}\\(`).test(text));
  const colourful = needsColours(chosen);
  const mixes = chosen.some(({ definition }) => definition.effect.type === 'mix');
  return [
    '"""What is done to the samples of each batch at random while training, with the random numbers that Hebb draws."""',
    '',
    ...(/\btorch\./.test(text) || colourful ? ['import torch', ''] : []),
    'from order import stream',
    ...(used.length === 0 ? [] : [`from pictures import ${used.join(', ')}`]),
    ...(colourful
      ? ['', '# Column k: the k-th principal component of the colours of the training samples, times its standard deviation.']
      : []),
    ...(colourful ? [`COLOURS = ${rowsOf(colours ?? [])}`] : []),
    '',
    '',
    'def augment(x, seed, step):',
    '    """Samples [batch, ...] for the step of this number, and who was mixed with whom: the share that each keeps of itself, and its partner; or None."""',
    ...(colourful ? [indented('colours = torch.tensor(COLOURS, dtype=x.dtype, device=x.device)')] : []),
    ...body.slice(colourful ? 0 : 1).map((line) => (line === '' ? '' : indented(line))),
    '',
    indented(mixes ? 'return x, (share, partner)' : 'return x, None'),
    '',
  ].join('\n');
}
