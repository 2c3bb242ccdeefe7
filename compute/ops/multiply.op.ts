/** x · y */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { broadcastTogether, elementwiseType, type Operand } from './elementwise';
import { floats, integers } from './sample';

export const multiplyOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'multiply',
  infer: (inputs) => elementwiseType('multiply', inputs, 2, ['f32', 'i32']),
  gradient: ({ inputs: [x, y], cotangent }) => [
    y === undefined ? null : multiply(cotangent, y),
    x === undefined ? null : multiply(cotangent, x),
  ],
  wgsl: ([x, y]) => `${x} * ${y}`,
  reference: ([x, y]) => x * y,
  samples: [
    { name: 'numbers', inputs: [floats([2, 3]), floats([2, 3])], attributes: {} },
    { name: 'whole numbers', inputs: [integers([3], [7, -2, 5]), integers([3], [3, 4, -6])], attributes: {} },
  ],
};

export const multiply = (x: Operand, y: Operand): Tensor => apply(multiplyOperation, broadcastTogether('multiply', x, y), {});

export const square = (x: Tensor): Tensor => multiply(x, x);
