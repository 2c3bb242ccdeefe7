/**
 * What an augmentation is: one file of this folder, <kind>.augmentation.ts, that exports `augmentation = defineAugmentation({…})`.
 * It changes the samples of a batch at random, as tensors, before they are normalised; it knows no device and no training.
 */
import { failure, success, type Outcome } from '../graph/problem';
import { formatShape, type Shape, type Tensor } from '../graph/tensor';
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';
import type { AffineMap, Outside } from '../ops/warp';

export interface AugmentationContext {
  /** Samples in the batch. */
  readonly batch: number;
  /** Of one sample. */
  readonly sampleShape: Shape;
  /** Uniform numbers in [0, 1) of this shape: each call another stream, which seed, step and the place in the batch determine. */
  readonly uniform: (shape: Shape) => Tensor;
  /**
   * f32 [3, 3], given where an augmentation `needs` colours: column k is the k-th principal component of the colours of the training
   * split's pixels, of length one, times its standard deviation.
   */
  readonly colours: Tensor | null;
}

/** What an augmentation does: each has one of these. */
export type AugmentationEffect<Values> =
  /** Moves pixels: neighbours in the list that agree on the outside become one map, so that pixels are mixed once. */
  | {
      readonly type: 'geometry';
      readonly outside: (parameters: Values) => Outside;
      /** Leads from whole pixels to whole pixels. */
      readonly whole: boolean;
      readonly map: (context: AugmentationContext, parameters: Values) => AffineMap;
    }
  /** Changes values: f32 [batch, …sample] gives the same shape. */
  | { readonly type: 'values'; readonly apply: (samples: Tensor, context: AugmentationContext, parameters: Values) => Tensor }
  /** Mixes each sample, and its label, with another of the batch: `share` (f32 [batch], ½ … 1) is what remains of its own. */
  | { readonly type: 'mix'; readonly share: (context: AugmentationContext, parameters: Values) => Tensor };

/** What samples must be like: numbers of any shape, images [channels, rows, columns], or such images with three channels. */
export type AugmentationNeeds = 'numbers' | 'image' | 'colours';

export interface AugmentationDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly parameters: Schema;
  readonly needs: AugmentationNeeds;
  readonly effect: AugmentationEffect<Values>;
  /**
   * The same in PyTorch: lines of Python that change `x` ([batch, …sample], in units of the data set), given `uniform(*shape)` for
   * random numbers in [0, 1) — asked for the same shapes in the same order — and the functions of resources/pytorch/pictures.py. With
   * `needs: 'colours'` there is `colours` [3, 3] as above; a mixing augmentation sets `share` [batch] and `partner`, whole
   * numbers [batch]: who is mixed with whom.
   */
  readonly pytorch: (parameters: Values) => readonly string[];
}

export const defineAugmentation = <const Schema extends ParameterSchema>(
  definition: AugmentationDefinition<Schema, ValuesOf<Schema>>,
): AugmentationDefinition =>
  // As for layers: values come through checkParameters.
  definition as unknown as AugmentationDefinition;

/** Whether samples of this kind can be augmented so. Problems: `augmentation.tokens`, `augmentation.image`, `augmentation.colours`. */
export function acceptsSamples(
  { label, needs }: AugmentationDefinition,
  { sampleShape, sampleType }: { readonly sampleShape: Shape; readonly sampleType: 'u8' | 'f32' | 'i32' },
): Outcome<true> {
  if (sampleType === 'i32') return failure('augmentation.tokens', { augmentation: label });
  if (needs === 'numbers') return success(true);
  const actual = formatShape(sampleShape);
  if (sampleShape.length !== 3) return failure('augmentation.image', { augmentation: label, actual });
  return needs === 'image' || sampleShape[0] === 3 ? success(true) : failure('augmentation.colours', { augmentation: label, actual });
}
