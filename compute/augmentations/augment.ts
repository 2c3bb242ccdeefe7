/** Augmentations applied to a batch one after another, as tensors: the one place that training and the preview go through. */
import { checkParameters, type ParameterValues } from '../graph/parameter-schema';
import { failure, success, type Outcome } from '../graph/problem';
import type { Shape, Tensor } from '../graph/tensor';
import { add } from '../ops/add.op';
import { broadcastTo } from '../ops/elementwise';
import { cast } from '../ops/cast.op';
import { gather } from '../ops/gather.op';
import { iota } from '../ops/iota.op';
import { minimum } from '../ops/minimum.op';
import { multiply } from '../ops/multiply.op';
import { remainder } from '../ops/remainder.op';
import { reshape } from '../ops/reshape.op';
import { subtract } from '../ops/subtract.op';
import { after, warp, type AffineMap, type Outside } from '../ops/warp';
import { acceptsSamples, type AugmentationContext, type AugmentationDefinition } from './augmentation';
import { augmentations } from './registry';

export interface ChosenAugmentation {
  readonly definition: AugmentationDefinition;
  readonly parameters: ParameterValues;
}

/**
 * The definitions and parameters of a list of the settings, for samples of this kind. Problems: `training.unknown-augmentation`,
 * `parameter.*`, those of acceptsSamples, `augmentation.twice` where samples would be mixed more than once.
 */
export function chooseAugmentations(
  wanted: readonly { readonly kind: string; readonly parameters: Readonly<Record<string, unknown>> }[],
  samples: { readonly sampleShape: Shape; readonly sampleType: 'u8' | 'f32' | 'i32' },
): Outcome<readonly ChosenAugmentation[]> {
  const chosen: ChosenAugmentation[] = [];
  for (const { kind, parameters } of wanted) {
    const definition = augmentations.get(kind);
    if (definition === undefined) return failure('training.unknown-augmentation', { kind, known: [...augmentations.keys()].join(', ') });
    const accepted = acceptsSamples(definition, samples);
    if (!accepted.ok) return accepted;
    const values = checkParameters(definition.parameters, parameters);
    if (!values.ok) return values;
    const mixes = (one: AugmentationDefinition): boolean => one.effect.type === 'mix';
    if (mixes(definition) && chosen.some((one) => mixes(one.definition)))
      return failure('augmentation.twice', { augmentation: definition.label });
    chosen.push({ definition, parameters: values.value });
  }
  return success(chosen);
}

/** Whether the colours of the training split are asked for. */
export const needsColours = (chosen: readonly ChosenAugmentation[]): boolean =>
  chosen.some(({ definition }) => definition.needs === 'colours');

/** What a sample was mixed with. */
export interface Mixture {
  /** What remains of the sample itself, f32 [batch]. */
  readonly share: Tensor;
  /** The place in the batch of whom the rest comes from, i32 [batch]. */
  readonly partner: Tensor;
}

export interface Augmented {
  /** f32 [batch, …sample]. */
  readonly samples: Tensor;
  /** Null where nothing mixes samples. */
  readonly mixture: Mixture | null;
}

export interface AugmentationSource {
  /** Uniform numbers in [0, 1): each key is a stream of its own. */
  readonly random: (key: string, shape: Shape) => Tensor;
  /** See AugmentationContext. */
  readonly colours: Tensor | null;
}

/** Everybody's partner stands the same random number of places further on, 1 … batch − 1. */
function partnersOf({ batch, uniform }: AugmentationContext): Tensor {
  const steps = minimum(cast(multiply(uniform([1]), batch - 1), 'i32'), Math.max(0, batch - 2));
  return remainder(add(iota([batch], 0), broadcastTo(add(steps, 1), [batch])), batch);
}

/** `samples` f32 [batch, …sample], as the data set holds them. */
export function augment(samples: Tensor, chosen: readonly ChosenAugmentation[], { random, colours }: AugmentationSource): Augmented {
  const [batch = 1, ...sampleShape] = samples.shape;
  let current = samples;
  let mixture: Mixture | null = null;
  let pending: { readonly map: AffineMap; readonly outside: Outside; readonly whole: boolean } | null = null;
  const moved = (): Tensor => (pending === null ? current : warp(current, pending.map, pending));
  chosen.forEach(({ definition: { kind, effect }, parameters }, place) => {
    let streams = 0;
    const uniform = (shape: Shape): Tensor => random(`augmentation ${String(place)} ${kind} ${String(streams++)}`, shape);
    const context: AugmentationContext = { batch, sampleShape, uniform, colours };
    if (effect.type === 'geometry') {
      const outside = effect.outside(parameters);
      const map = effect.map(context, parameters);
      if (pending !== null && pending.outside !== outside) {
        current = moved();
        pending = null;
      }
      pending =
        pending === null
          ? { map, outside, whole: effect.whole }
          : { map: after(pending.map, map), outside, whole: pending.whole && effect.whole };
      return;
    }
    current = moved();
    pending = null;
    if (effect.type === 'values') {
      current = effect.apply(current, context, parameters);
      return;
    }
    const share = effect.share(context, parameters);
    const partner = partnersOf(context);
    mixture = { share, partner };
    const own = broadcastTo(reshape(share, [batch, ...sampleShape.map(() => 1)]), current.shape);
    current = add(multiply(own, current), multiply(subtract(1, own), gather(current, partner)));
  });
  return { samples: moved(), mixture };
}
