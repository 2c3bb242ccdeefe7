/** Remainder of the division of whole numbers, with the sign of x; y is not 0. */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { broadcastTogether, elementwiseType, type Operand } from './elementwise';
import { integers } from './sample';

export const remainderOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'remainder',
  infer: (inputs) => elementwiseType('remainder', inputs, 2, ['i32']),
  gradient: 'nondifferentiable',
  wgsl: ([x, y]) => `${x} % ${y}`,
  reference: ([x, y]) => x % y,
  samples: [{ name: 'positive and negative', inputs: [integers([4], [7, -7, 12, 3]), integers([4], [3, 3, 4, 5])], attributes: {} }],
};

export const remainder = (x: Operand, y: Operand): Tensor => apply(remainderOperation, broadcastTogether('remainder', x, y), {});
