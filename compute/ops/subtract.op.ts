/** x − y */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { broadcastTogether, elementwiseType, type Operand } from './elementwise';
import { negate } from './negate.op';
import { floats, integers } from './sample';

export const subtractOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'subtract',
  infer: (inputs) => elementwiseType('subtract', inputs, 2, ['f32', 'i32']),
  gradient: ({ cotangent }) => [cotangent, negate(cotangent)],
  wgsl: ([x, y]) => `${x} - ${y}`,
  reference: ([x, y]) => x - y,
  samples: [
    { name: 'numbers', inputs: [floats([2, 3]), floats([2, 3])], attributes: {} },
    { name: 'whole numbers', inputs: [integers([3], [7, -2, 5]), integers([3], [3, 4, -6])], attributes: {} },
  ],
};

export const subtract = (x: Operand, y: Operand): Tensor => apply(subtractOperation, broadcastTogether('subtract', x, y), {});
