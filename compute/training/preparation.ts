/**
 * How samples are prepared for a network, as tensors: augmented while training, then normalised, always, with numbers that lie on
 * the device beside the weights. Normalising is part of every program, so that gradients reach the samples as the data set
 * holds them.
 */
import { augment, chooseAugmentations, needsColours, type Augmented, type ChosenAugmentation } from '../augmentations/augment';
import { streamKey } from '../graph/philox';
import { failure, success, type Outcome } from '../graph/problem';
import { type Shape, type Tensor } from '../graph/tensor';
import type { NormalizationKind, PreparationSettings } from '../graph/training-settings';
import { broadcastTo } from '../ops/elementwise';
import { multiply } from '../ops/multiply.op';
import { randomUniform } from '../ops/random-uniform.op';
import { reshape } from '../ops/reshape.op';
import { subtract } from '../ops/subtract.op';
import type { DeviceState } from '../devices/device';
import { ARENA_ALIGNMENT, readState, type Arena, type StateReference } from '../plan/program';
import type { Dataset } from './dataset';
import { normalizedAxis, type Statistics } from './statistics';

/** What of it is decided before any sample is looked at. */
export interface PreparationPlan {
  readonly normalization: NormalizationKind;
  /** The axis of one sample whose entries are normalised each by itself; null where samples are taken as they are. */
  readonly axis: number | null;
  readonly sampleShape: Shape;
  readonly augmentations: readonly ChosenAugmentation[];
  readonly needsColours: boolean;
}

/** The plan of these settings for samples of this kind. Problems: `training.normalized-tokens`, those of chooseAugmentations. */
export function planPreparation(
  { normalization, augmentation }: PreparationSettings,
  samples: Pick<Dataset, 'sampleShape' | 'sampleType'>,
): Outcome<PreparationPlan> {
  const { sampleShape, sampleType } = samples;
  if (normalization !== 'none' && sampleType === 'i32') return failure('training.normalized-tokens');
  const chosen = chooseAugmentations(augmentation, samples);
  if (!chosen.ok) return chosen;
  const axis = normalizedAxis(normalization, sampleShape);
  return success({ normalization, axis, sampleShape, augmentations: chosen.value, needsColours: needsColours(chosen.value) });
}

const ARENA = 'preparation';

const entriesOf = ({ axis, sampleShape }: PreparationPlan): number => (axis === null ? 0 : (sampleShape[axis] ?? 1));
const alignedEntries = (plan: PreparationPlan): number => Math.ceil(entriesOf(plan) / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;

const reference = (offset: number, shape: Shape): StateReference => ({ arena: ARENA, offset, shape, type: 'f32' });
const meanState = (plan: PreparationPlan): StateReference => reference(0, [entriesOf(plan)]);
const scaleState = (plan: PreparationPlan): StateReference => reference(alignedEntries(plan), [entriesOf(plan)]);
const coloursState = (plan: PreparationPlan): StateReference => reference(2 * alignedEntries(plan), [3, 3]);

const isEmpty = (plan: PreparationPlan): boolean => plan.axis === null && !plan.needsColours;

/** What preparing keeps on the device; nothing where it needs no numbers. */
export const preparationArenas = (plan: PreparationPlan): Arena[] =>
  isEmpty(plan) ? [] : [{ name: ARENA, type: 'f32', size: 2 * alignedEntries(plan) + ARENA_ALIGNMENT }];

/** Puts the numbers where programs find them. What is missing leaves samples as they are. */
export function writeStatistics(state: DeviceState, plan: PreparationPlan, { normalization, colours }: Statistics): void {
  if (isEmpty(plan)) return;
  const aligned = alignedEntries(plan);
  const contents = new Float64Array(2 * aligned + ARENA_ALIGNMENT);
  for (let entry = 0; entry < entriesOf(plan); entry++) {
    contents[entry] = normalization?.mean[entry] ?? 0;
    contents[aligned + entry] = 1 / (normalization?.deviation[entry] ?? 1);
  }
  contents.set(colours ?? [], 2 * aligned);
  state.write(ARENA, contents);
}

/** (x − mean) / deviation: f32 [batch, …sample] gives the same shape. Tokens stay as they are. */
export function normalise(plan: PreparationPlan, samples: Tensor): Tensor {
  const { axis, sampleShape } = plan;
  if (axis === null) return samples;
  const along = [1, ...sampleShape.map((size, other) => (other === axis ? size : 1))];
  const each = (of: StateReference): Tensor => broadcastTo(reshape(readState(of), along), samples.shape);
  return multiply(subtract(samples, each(meanState(plan))), each(scaleState(plan)));
}

/** What the random numbers of a step are drawn from: i32 [2] and [1]. */
export interface Randomness {
  readonly seed: Tensor;
  readonly step: Tensor;
}

/** The samples of a batch as a step of training sees them, before they are normalised. */
export const augmented = (plan: PreparationPlan, samples: Tensor, { seed, step }: Randomness): Augmented =>
  augment(samples, plan.augmentations, {
    random: (key, shape) => randomUniform(seed, step, streamKey(key), shape),
    colours: plan.needsColours ? readState(coloursState(plan)) : null,
  });
