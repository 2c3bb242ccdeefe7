/**
 * How samples are prepared for a network, as tensors: augmented while training, then normalised, always, with numbers that lie on
 * the device beside the weights. Normalising is part of every program, so that gradients reach the samples as the data set
 * holds them. Targets of a regression may be told in deviations from their mean.
 */
import { augment, chooseAugmentations, needsColours, type Augmented, type ChosenAugmentation } from '../augmentations/augment';
import { streamKey } from '../graph/philox';
import { failure, success, type Outcome } from '../graph/problem';
import { type Shape, type Tensor } from '../graph/tensor';
import type { NormalizationKind, PreparationSettings } from '../graph/training-settings';
import { add } from '../ops/add.op';
import { divide } from '../ops/divide.op';
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
  /** How many numbers of each label are standardised: all of them or none. */
  readonly targets: number;
}

/**
 * The plan of these settings for samples of this kind, with so many numbers as labels: 0 where nothing is compared with numbers.
 * Problems: `training.normalized-tokens`, those of chooseAugmentations.
 */
export function planPreparation(
  { normalization, augmentation, standardizeTargets }: PreparationSettings,
  samples: Pick<Dataset, 'sampleShape' | 'sampleType'>,
  targets: number,
): Outcome<PreparationPlan> {
  const { sampleShape, sampleType } = samples;
  if (normalization !== 'none' && sampleType === 'i32') return failure('training.normalized-tokens');
  const chosen = chooseAugmentations(augmentation, samples);
  if (!chosen.ok) return chosen;
  const axis = normalizedAxis(normalization, sampleShape);
  return success({
    normalization,
    axis,
    sampleShape,
    augmentations: chosen.value,
    needsColours: needsColours(chosen.value),
    targets: standardizeTargets ? targets : 0,
  });
}

const ARENA = 'preparation';

const entriesOf = ({ axis, sampleShape }: PreparationPlan): number => (axis === null ? 0 : (sampleShape[axis] ?? 1));
const aligned = (count: number): number => Math.ceil(count / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;

/** Where the numbers lie, each kind from an aligned place on. */
function placesOf(plan: PreparationPlan) {
  const [entries, targets] = [entriesOf(plan), plan.targets];
  const sizes = [entries, entries, plan.needsColours ? 9 : 0, targets, targets];
  const starts = sizes.map((_, place) => sizes.slice(0, place).reduce((sum, size) => sum + aligned(size), 0));
  const reference = (place: number, shape: Shape): StateReference => ({ arena: ARENA, offset: starts[place] ?? 0, shape, type: 'f32' });
  return {
    size: sizes.reduce((sum, size) => sum + aligned(size), 0),
    mean: reference(0, [entries]),
    scale: reference(1, [entries]),
    colours: reference(2, [3, 3]),
    targetMean: reference(3, [targets]),
    targetDeviation: reference(4, [targets]),
  };
}

/** What preparing keeps on the device; nothing where it needs no numbers. */
export function preparationArenas(plan: PreparationPlan): Arena[] {
  const { size } = placesOf(plan);
  return size === 0 ? [] : [{ name: ARENA, type: 'f32', size }];
}

/** Puts the numbers where programs find them. What is missing leaves samples and targets as they are. */
export function writeStatistics(state: DeviceState, plan: PreparationPlan, { normalization, colours, targets = null }: Statistics): void {
  const { size, mean, scale, colours: principal, targetMean, targetDeviation } = placesOf(plan);
  if (size === 0) return;
  const contents = new Float64Array(size);
  for (let entry = 0; entry < entriesOf(plan); entry++) {
    contents[mean.offset + entry] = normalization?.mean[entry] ?? 0;
    contents[scale.offset + entry] = 1 / (normalization?.deviation[entry] ?? 1);
  }
  if (plan.needsColours) contents.set(colours ?? [], principal.offset);
  for (let target = 0; target < plan.targets; target++) {
    contents[targetMean.offset + target] = targets?.mean[target] ?? 0;
    contents[targetDeviation.offset + target] = targets?.deviation[target] ?? 1;
  }
  state.write(ARENA, contents);
}

/** (x − mean) / deviation: f32 [batch, …sample] gives the same shape. Tokens stay as they are. */
export function normalise(plan: PreparationPlan, samples: Tensor): Tensor {
  const { axis, sampleShape } = plan;
  if (axis === null) return samples;
  const along = [1, ...sampleShape.map((size, other) => (other === axis ? size : 1))];
  const each = (of: StateReference): Tensor => broadcastTo(reshape(readState(of), along), samples.shape);
  const { mean, scale } = placesOf(plan);
  return multiply(subtract(samples, each(mean)), each(scale));
}

/** A number for each target, as one for each target of each sample: [batch, …label]. */
const ofEachTarget = (of: StateReference, { shape }: Tensor): Tensor => broadcastTo(reshape(readState(of), [1, ...shape.slice(1)]), shape);

/** (y − mean) / deviation of the labels of a batch, f32 [batch, …label]: what the network is to say. As they are where they are not standardised. */
export function standardised(plan: PreparationPlan, labels: Tensor): Tensor {
  if (plan.targets === 0) return labels;
  const { targetMean, targetDeviation } = placesOf(plan);
  return divide(subtract(labels, ofEachTarget(targetMean, labels)), ofEachTarget(targetDeviation, labels));
}

/** How far numbers [batch, …label] are apart, in the units of the data set. */
export const inUnits = (plan: PreparationPlan, distances: Tensor): Tensor =>
  plan.targets === 0 ? distances : multiply(distances, ofEachTarget(placesOf(plan).targetDeviation, distances));

/** What the network says, as the data set tells its labels: y · deviation + mean. */
export const told = (plan: PreparationPlan, estimates: Tensor): Tensor =>
  plan.targets === 0 ? estimates : add(inUnits(plan, estimates), ofEachTarget(placesOf(plan).targetMean, estimates));

/** What the random numbers of a step are drawn from: i32 [2] and [1]. */
export interface Randomness {
  readonly seed: Tensor;
  readonly step: Tensor;
}

/** The samples of a batch as a step of training sees them, before they are normalised. */
export const augmented = (plan: PreparationPlan, samples: Tensor, { seed, step }: Randomness): Augmented =>
  augment(samples, plan.augmentations, {
    random: (key, shape) => randomUniform(seed, step, streamKey(key), shape),
    colours: plan.needsColours ? readState(placesOf(plan).colours) : null,
  });
