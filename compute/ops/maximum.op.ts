/** The greater of x and y; NaN where one of them is. Where they are equal each takes half of the gradient, as in PyTorch. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { broadcastTogether, elementwiseType, type Operand } from './elementwise';
import { add } from './add.op';
import { equal } from './equal.op';
import { greater } from './greater.op';
import { multiply } from './multiply.op';
import { isNaN } from './not-a-number';
import { subtract } from './subtract.op';
import { floats, integers } from './sample';

export const maximumOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'maximum',
  infer: (inputs) => elementwiseType('maximum', inputs, 2, ['f32', 'i32']),
  gradient: ({ inputs: [x, y], cotangent }) => {
    if (x === undefined || y === undefined) return [];
    const toFirst = multiply(cotangent, add(greater(x, y), multiply(equal(x, y), 0.5)));
    return [toFirst, subtract(cotangent, toFirst)];
  },
  wgsl: ([x, y]) => `select(${x}, ${y}, ${x} <= ${y} || ${isNaN(y)})`,
  reference: ([x, y]) => Math.max(x, y),
  samples: [
    { name: 'numbers', inputs: [floats([2, 3]), floats([2, 3])], attributes: {} },
    { name: 'whole numbers', inputs: [integers([3], [7, -2, 5]), integers([3], [3, 4, -6])], attributes: {} },
  ],
};

export const maximum = (x: Operand, y: Operand): Tensor => apply(maximumOperation, broadcastTogether('maximum', x, y), {});
