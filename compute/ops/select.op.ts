/** x where the condition (f32) is not 0, else y. The condition has no gradient. */
import { ShapeError, apply, formatShape, sameShape, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { constant } from './constant.op';
import { broadcastShapes, broadcastTo, broadcastTogether, elementwiseType, type Operand } from './elementwise';
import { floats, given, integers } from './sample';

export const selectOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'select',
  infer: ([condition, ...choices]) => {
    const result = elementwiseType('select', choices, 2, ['f32', 'i32']);
    if (condition?.type !== 'f32' || !sameShape(condition.shape, result.shape)) {
      const actual = condition === undefined ? 'none' : `${condition.type} ${formatShape(condition.shape)}`;
      throw new ShapeError('select', `a condition of f32 ${formatShape(result.shape)}`, actual);
    }
    return result;
  },
  gradient: ({ inputs: [condition], cotangent }) => {
    if (condition === undefined) return [];
    const zero = constant(0, cotangent.shape);
    return [null, select(condition, cotangent, zero), select(condition, zero, cotangent)];
  },
  wgsl: ([condition, x, y]) => `select(${y}, ${x}, ${condition} != 0.0f)`,
  reference: ([condition, x, y]) => (condition !== 0 ? x : y),
  samples: [
    { name: 'numbers', inputs: [given([2, 2], [1, 0, 0, 1]), floats([2, 2]), floats([2, 2])], attributes: {} },
    { name: 'whole numbers', inputs: [given([2], [0, 1]), integers([2], [1, 2]), integers([2], [-3, -4])], attributes: {} },
  ],
};

/** All three are broadcast to one shape. */
export function select(condition: Tensor, x: Operand, y: Operand): Tensor {
  const [first, second] = broadcastTogether('select', x, y);
  const shape = broadcastShapes('select', condition.shape, first.shape);
  return apply(selectOperation, [broadcastTo(condition, shape), broadcastTo(first, shape), broadcastTo(second, shape)], {});
}
