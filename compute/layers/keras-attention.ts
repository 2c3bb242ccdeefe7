/** Attention in Keras and TensorFlow.js: of each head the products as dense layers, scores and mixture as dot products. */
import type { Shape } from '../graph/tensor';
import { inputOf } from './arguments';
import { filled, mapped, rowsOf, turned, type KerasArray, type KerasContext, type KerasTensor } from './keras';
import { kerasAffine } from './keras-parts';

/** What is added to the score of a step that must not be seen; its share is exactly 0. */
const UNSEEN = -1e9;

export function kerasAttention(
  context: KerasContext,
  { heads, causal }: { readonly heads: number; readonly causal: boolean },
): KerasTensor {
  const { add, weight, inputs } = context;
  const input = inputOf(inputs);
  const memory = inputs[1] ?? input;
  const [steps = 1, features = 1] = input.shape;
  const [seen = 1] = memory.shape;
  const size = features / heads;
  const dense = (from: KerasTensor, shape: Shape, kernel: KerasArray, bias: KerasArray): KerasTensor =>
    add('Dense', from, shape, { units: shape.at(-1) ?? 1, use_bias: true }, { kernel: turned(kernel), bias });
  /** Queries (0), keys (1) or values (2) of one head. */
  const projected = (part: number, head: number, from: KerasTensor, factor = 1): KerasTensor => {
    const first = part * features + head * size;
    const rows = (name: string): KerasArray => mapped(rowsOf(weight(name), first, first + size), (value) => value * factor);
    return dense(from, [from.shape[0] ?? 1, size], rows('in_proj_weight'), rows('in_proj_bias'));
  };
  const mask = filled([steps * seen], (place) => (place % seen > Math.floor(place / seen) + seen - steps ? UNSEEN : 0));
  const mixed = Array.from({ length: heads }, (_, head) => {
    const query = projected(0, head, input, 1 / Math.sqrt(size));
    const scores = add('Dot', [query, projected(1, head, memory)], [steps, seen], { axes: [2, 2] });
    const masked = causal ? kerasAffine(context, scores, 'all', { shift: mask }, true) : scores;
    const shares = add('Softmax', masked, masked.shape, { axis: -1 });
    return add('Dot', [shares, projected(2, head, memory)], [steps, size], { axes: [2, 1] });
  });
  const joined = mixed.length === 1 ? inputOf(mixed) : add('Concatenate', mixed, [steps, features], { axis: -1 });
  return dense(joined, [steps, features], weight('out_proj.weight'), weight('out_proj.bias'));
}
