/** x + y */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { broadcastTogether, elementwiseType, type Operand } from './elementwise';
import { floats, integers } from './sample';

export const addOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'add',
  infer: (inputs) => elementwiseType('add', inputs, 2, ['f32', 'i32']),
  gradient: ({ cotangent }) => [cotangent, cotangent],
  wgsl: ([x, y]) => `${x} + ${y}`,
  reference: ([x, y]) => x + y,
  samples: [
    { name: 'numbers', inputs: [floats([2, 3]), floats([2, 3])], attributes: {} },
    { name: 'whole numbers', inputs: [integers([3], [7, -2, 5]), integers([3], [3, 4, -6])], attributes: {} },
  ],
};

export const add = (x: Operand, y: Operand): Tensor => apply(addOperation, broadcastTogether('add', x, y), {});
