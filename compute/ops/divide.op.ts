/** x / y */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { broadcastTogether, elementwiseType, type Operand } from './elementwise';
import { multiply } from './multiply.op';
import { negate } from './negate.op';
import { floats, given } from './sample';

export const divideOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'divide',
  infer: (inputs) => elementwiseType('divide', inputs, 2, ['f32']),
  gradient: ({ inputs: [, y], output, cotangent }) => {
    if (y === undefined) return [];
    const quotient = divide(cotangent, y);
    return [quotient, negate(multiply(quotient, output))];
  },
  wgsl: ([x, y]) => `${x} / ${y}`,
  reference: ([x, y]) => x / y,
  samples: [
    { name: 'numbers', inputs: [floats([2, 3]), floats([2, 3], [0.5, 2])], attributes: {} },
    { name: 'negative divisors', inputs: [given([2], [1, -3]), given([2], [-0.7, -2])], attributes: {} },
  ],
};

export const divide = (x: Operand, y: Operand): Tensor => apply(divideOperation, broadcastTogether('divide', x, y), {});
