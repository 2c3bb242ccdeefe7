/** How samples are prepared, as a form sees it: the list of augmentations and what changing it gives. Pure. */
import { acceptsSamples, type AugmentationDefinition } from '../../../compute/augmentations/augmentation';
import { augmentations } from '../../../compute/augmentations/registry';
import { defaultsOf, type ParameterSchema, type ParameterValue } from '../../../compute/graph/parameter-schema';
import { normalizations, type PreparationSettings } from '../../../compute/graph/training-settings';

export type AugmentationSetting = PreparationSettings['augmentation'][number];

const normalization = {
  type: 'choice',
  label: 'Normalise samples',
  default: 'none',
  options: normalizations.map((value) => ({ value, label: value })),
} as const;

/** Of the fields of the section that are no list, where labels are numbers to tell or are not; texts stand under train.settings. */
export const preparationSchema = (isRegression: boolean): ParameterSchema => ({
  normalization,
  ...(isRegression ? { standardizeTargets: { type: 'boolean', label: 'Standardise targets', default: false } } : {}),
});

/** As many as a project keeps. */
export const MOST_AUGMENTATIONS = 16;

interface SampleForm {
  readonly sampleShape: readonly number[];
  readonly sampleType: 'u8' | 'f32' | 'i32';
}

/** Those that samples of this kind can be changed by, in the order of their labels; one that mixes samples only once in a list. */
export function offered(form: SampleForm | null, list: readonly AugmentationSetting[]): readonly AugmentationDefinition[] {
  if (form === null) return [];
  const mixed = list.some(({ kind }) => augmentations.get(kind)?.effect.type === 'mix');
  return [...augmentations.values()].filter(
    (definition) => acceptsSamples(definition, form).ok && !(mixed && definition.effect.type === 'mix'),
  );
}

export function withAdded(list: readonly AugmentationSetting[], kind: string): AugmentationSetting[] {
  const definition = augmentations.get(kind);
  if (definition === undefined || list.length >= MOST_AUGMENTATIONS) return [...list];
  return [...list, { kind, parameters: plain(defaultsOf(definition.parameters)) }];
}

/** The one at `from` goes to `to`; outside of the list nothing moves. */
export function withMoved(list: readonly AugmentationSetting[], from: number, to: number): AugmentationSetting[] {
  const moved = list[from];
  if (moved === undefined || to < 0 || to >= list.length) return [...list];
  return list.toSpliced(from, 1).toSpliced(to, 0, moved);
}

export const withParameter = (
  list: readonly AugmentationSetting[],
  place: number,
  name: string,
  value: ParameterValue,
): AugmentationSetting[] =>
  list.map((one, index) => (index === place ? { ...one, parameters: plain({ ...one.parameters, [name]: value }) } : one));

/** As a project keeps parameters: lists are its own. */
const plain = (parameters: Readonly<Record<string, ParameterValue>>): AugmentationSetting['parameters'] =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typeof value === 'object' ? [...value] : value]));
