/** 1 where x = y, else 0, as f32. Its gradient is 0 where it exists, so none is passed on. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { broadcastTogether, elementwiseType, type Operand } from './elementwise';
import { given, integers } from './sample';

export const equalOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'equal',
  infer: (inputs) => elementwiseType('equal', inputs, 2, ['f32', 'i32'], 'f32'),
  gradient: 'nondifferentiable',
  wgsl: ([x, y]) => `select(0.0f, 1.0f, ${x} == ${y})`,
  reference: ([x, y]) => (x === y ? 1 : 0),
  samples: [
    { name: 'numbers', inputs: [given([4], [1, 2, -3, 0]), given([4], [1, 1, -3, -0.5])], attributes: {} },
    { name: 'whole numbers', inputs: [integers([3], [7, 4, 5]), integers([3], [3, 4, -6])], attributes: {} },
  ],
};

export const equal = (x: Operand, y: Operand): Tensor => apply(equalOperation, broadcastTogether('equal', x, y), {});
