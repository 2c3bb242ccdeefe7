/** Folds in WebAssembly held against the operation's own float64 reference. */
import { tileFoldOperation } from '../../../ops/tile-fold.op';
import { describeKernel, f32 } from '../../../testing/kernel-comparison';

const matrix = [
  [1, 0, -1],
  [0, -0.25, 3],
  [0.5, 1, 0],
  [0, 2, 1],
  [1, -1, 4],
  [3, 0, 0.125],
];

describeKernel(tileFoldOperation, [
  { name: 'across rows of seven', inputs: [f32(3, 2, 3, 4, 5, 7)], attributes: { matrix, step: 4, padding: 0, length: 22 } },
  { name: 'across rows, cut', inputs: [f32(3, 2, 3, 4, 5, 9)], attributes: { matrix, step: 4, padding: 1, length: 18 } },
  {
    name: 'across rows, pieces of which none is whole',
    inputs: [f32(3, 1, 2, 2, 1, 4)],
    attributes: { matrix, step: 4, padding: 2, length: 3 },
  },
  { name: 'along rows of many pieces', inputs: [f32(3, 1, 1, 37, 11, 1)], attributes: { matrix, step: 4, padding: 0, length: 46 } },
  { name: 'along rows, cut', inputs: [f32(3, 2, 3, 5, 8, 1)], attributes: { matrix, step: 4, padding: 1, length: 32 } },
  { name: 'along rows of one piece', inputs: [f32(3, 2, 1, 5, 1, 1)], attributes: { matrix, step: 3, padding: 2, length: 2 } },
]);
