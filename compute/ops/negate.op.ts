/** −x */
import { apply, type ElementwiseOperation, type NoAttributes, type Tensor } from '../graph/tensor';
import { elementwiseType } from './elementwise';
import { floats } from './sample';

export const negateOperation: ElementwiseOperation<NoAttributes> = {
  kind: 'elementwise',
  name: 'negate',
  infer: (inputs) => elementwiseType('negate', inputs, 1),
  gradient: ({ cotangent }) => [negate(cotangent)],
  wgsl: ([x]) => `-${x}`,
  reference: ([x]) => -x,
  samples: [{ name: 'numbers', inputs: [floats([2, 3])], attributes: {} }],
};

export const negate = (x: Tensor): Tensor => apply(negateOperation, [x], {});
