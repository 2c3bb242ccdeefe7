/** Class labels and scores, composed of other operations. */
import type { Tensor } from '../graph/tensor';
import { cast } from './cast.op';
import { constant } from './constant.op';
import { equal } from './equal.op';
import { iota } from './iota.op';
import { max } from './max.op';
import { multiply } from './multiply.op';
import { subtract } from './subtract.op';
import { expand } from './sum.op';

/** 1 at the label and 0 elsewhere along a new last axis: i32 […] gives f32 […, classes]. A label out of range gives zeros. */
export function oneHot(labels: Tensor, classes: number): Tensor {
  const shape = [...labels.shape, classes];
  const axis = labels.shape.length;
  return equal(expand(labels, shape, [axis]), iota(shape, axis));
}

/** Index (i32) of the first greatest element along the last axis, which is removed. Exact below 2²⁴ elements. */
export function argMax(scores: Tensor): Tensor {
  const axis = scores.shape.length - 1;
  const size = scores.shape[axis] ?? 1;
  const greatest = equal(scores, expand(max(scores, [axis]), scores.shape, [axis]));
  // The first of them has the greatest distance from the end.
  const fromEnd = cast(subtract(constant(size, scores.shape, 'i32'), iota(scores.shape, axis)), 'f32');
  return cast(subtract(size, max(multiply(greatest, fromEnd), [axis])), 'i32');
}
