/** Products of matrices in WebAssembly held against the operation's own float64 reference, at awkward sizes. */
import type { Attributes } from '../../../graph/tensor';
import { nodeThreads } from '../../../../main/cli/threads';
import { matrixProductOperation } from '../../../ops/matrix-product.op';
import { findFeatures } from '../features';
import { describeKernel, f32, type KernelCase } from '../../../testing/kernel-comparison';

// Allows relaxed vectors, where Node asks to be told.
nodeThreads();
const roundings = [...new Set([false, findFeatures().multiplyAdd])];

const forms = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;
const product = (
  batch: number | null,
  rows: number,
  depth: number,
  columns: number,
  [transposeA, transposeB]: (typeof forms)[number],
): KernelCase => ({
  name: `${batch === null ? '' : `${String(batch)} times `}${String(rows)}×${String(depth)}×${String(columns)} ${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`,
  inputs: [
    f32(...(batch === null ? [] : [batch]), ...(transposeA ? [depth, rows] : [rows, depth])),
    f32(...(batch === null ? [] : [batch]), ...(transposeB ? [columns, depth] : [depth, columns])),
  ],
  attributes: { transposeA, transposeB } satisfies Attributes,
});
const productSizes: readonly (readonly [number | null, number, number, number])[] = [
  ...([
    [null, 1, 1, 1],
    [null, 0, 3, 2],
    [null, 3, 0, 2],
    [null, 1, 13, 37],
    [null, 37, 13, 1],
    [null, 2, 9, 11],
  ] as const),
  ...([
    [null, 3, 5, 130],
    [null, 10, 128, 131],
    [null, 101, 103, 107],
    [null, 67, 801, 29],
    [null, 128, 784, 16],
  ] as const),
  ...([
    [null, 7, 40, 1111],
    [null, 256, 24, 100],
    [3, 50, 21, 33],
    [1, 40, 7, 40],
    [9, 17, 19, 23],
    [70, 5, 6, 7],
    [2, 1, 50, 20],
  ] as const),
  // So large that rows are packed where they step through the matrix.
  ...([
    [null, 203, 701, 10],
    [2, 150, 900, 9],
    [8, 203, 701, 3],
  ] as const),
];
const cases = productSizes.flatMap(([batch, rows, depth, columns]) => forms.map((form) => product(batch, rows, depth, columns, form)));
for (const multiplyAdd of roundings) describeKernel(matrixProductOperation, cases, { multiplyAdd });
