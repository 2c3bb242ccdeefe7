/** Transforms of tiles in WebAssembly held against the operations' own float64 reference. */
import { tileAssemblyOperation, tileTransformOperation } from '../../../ops/tile-transform.op';
import { describeKernel, f32 } from '../../../testing/kernel-comparison';

const matrix = [
  [1, 0, -1, 0.5],
  [0, -0.25, 3, 1],
];

describeKernel(tileTransformOperation, [
  { name: 'many tiles', inputs: [f32(3, 5, 19, 23)], attributes: { matrix, step: 2, padding: [1, 1], tiles: [9, 11] } },
  { name: 'a step of 3', inputs: [f32(2, 2, 11, 29)], attributes: { matrix, step: 3, padding: [0, -1], tiles: [3, 9] } },
]);

const square = [
  [1, 1, 1, 0],
  [0, 1, -1, 2],
];
describeKernel(tileAssemblyOperation, [
  { name: 'two by two', inputs: [f32(16, 3, 2 * 5 * 9)], attributes: { matrix: square, images: [2, 9, 18] } },
  { name: 'cut in both directions', inputs: [f32(16, 2, 3 * 3 * 6)], attributes: { matrix: square, images: [3, 5, 11] } },
  {
    name: 'three by three',
    inputs: [f32(9, 3, 2 * 2 * 7)],
    attributes: {
      matrix: [
        [1, 0, 2],
        [0, -1, 1],
        [3, 1, 0],
      ],
      images: [2, 5, 20],
    },
  },
]);
