/** Matrix product, of matrices or of equally many matrices stacked along a leading batch axis. */
import { apply, formatShape, ShapeError, sizeOf, type KernelOperation, type Tensor, type TensorType } from '../graph/tensor';
import { matrixProductKernels } from './matrix-product-kernels';
import { matrixProductSizes, matrixSizes, type MatrixProductAttributes } from './matrix-product-sizes';

function infer(inputs: readonly TensorType[], attributes: MatrixProductAttributes): TensorType {
  const [a, b] = inputs;
  if (!a || !b || inputs.length !== 2) throw new ShapeError('matrixProduct', 'two inputs', String(inputs.length));
  const shapes = `${formatShape(a.shape)} and ${formatShape(b.shape)}`;
  if (a.type !== 'f32' || b.type !== 'f32') throw new ShapeError('matrixProduct', 'f32 inputs', `${a.type} and ${b.type}`);
  const rank = a.shape.length;
  if (rank !== b.shape.length || (rank !== 2 && rank !== 3)) {
    throw new ShapeError('matrixProduct', 'two matrices, or two stacks of matrices', shapes);
  }
  if (rank === 3 && a.shape[0] !== b.shape[0]) throw new ShapeError('matrixProduct', 'equal batch axes', shapes);
  const [rows, depth] = matrixSizes(a.shape, attributes.transposeA);
  const [depthOfB, columns] = matrixSizes(b.shape, attributes.transposeB);
  if (depth !== depthOfB)
    throw new ShapeError('matrixProduct', `equal inner sizes`, `${String(depth)} and ${String(depthOfB)} of ${shapes}`);
  return { shape: [...a.shape.slice(0, -2), rows, columns], type: 'f32' };
}

export const matrixProductOperation: KernelOperation<MatrixProductAttributes> = {
  kind: 'kernel',
  name: 'matrixProduct',
  infer,
  // C = A′B′ with A′ = A or Aᵀ:  ∂A′ = ∂C B′ᵀ,  ∂B′ = A′ᵀ ∂C, each transposed back where the input was.
  gradient: ({ inputs, cotangent, attributes: { transposeA, transposeB } }) => {
    const [a, b] = inputs;
    if (!a || !b) return [];
    return [
      transposeA
        ? matrixProduct(b, cotangent, { transposeA: transposeB, transposeB: true })
        : matrixProduct(cotangent, b, { transposeA: false, transposeB: !transposeB }),
      transposeB
        ? matrixProduct(cotangent, a, { transposeA: true, transposeB: transposeA })
        : matrixProduct(a, cotangent, { transposeA: !transposeA, transposeB: false }),
    ];
  },
  kernels: matrixProductKernels,
  flops: ([a], { transposeA }, output) => 2 * sizeOf(output.shape) * matrixSizes(a?.shape ?? [], transposeA)[1],
  reference: ([a, b], output, attributes) => {
    if (!a || !b) return;
    const { batch, rows, depth, columns } = matrixProductSizes(a.shape, b.shape, attributes);
    const [rowStep, depthStepA] = attributes.transposeA ? [1, rows] : [depth, 1];
    const [depthStepB, columnStep] = attributes.transposeB ? [1, depth] : [columns, 1];
    for (let item = 0; item < batch; item++) {
      const startA = item * rows * depth;
      const startB = item * depth * columns;
      const startC = item * rows * columns;
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            sum += (a.data[startA + row * rowStep + k * depthStepA] ?? 0) * (b.data[startB + k * depthStepB + column * columnStep] ?? 0);
          }
          output.data[startC + row * columns + column] = sum;
        }
      }
    }
  },
  samples: [
    ...[false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => ({
        name: `5×7 by 7×9${transposeA ? ', A transposed' : ''}${transposeB ? ', B transposed' : ''}`,
        inputs: [
          { shape: transposeA ? [7, 5] : [5, 7], type: 'f32' as const },
          { shape: transposeB ? [9, 7] : [7, 9], type: 'f32' as const },
        ],
        attributes: { transposeA, transposeB },
      })),
    ),
    {
      name: 'a stack of three',
      inputs: [
        { shape: [3, 4, 5], type: 'f32' },
        { shape: [3, 6, 5], type: 'f32' },
      ],
      attributes: { transposeA: false, transposeB: true },
    },
    {
      name: 'a stack of one',
      inputs: [
        { shape: [1, 4, 5], type: 'f32' },
        { shape: [1, 5, 3], type: 'f32' },
      ],
      attributes: { transposeA: false, transposeB: false },
    },
    {
      name: 'several blocks, both transposed',
      inputs: [
        { shape: [2, 50, 37], type: 'f32' },
        { shape: [2, 70, 50], type: 'f32' },
      ],
      attributes: { transposeA: true, transposeB: true },
    },
    {
      name: 'a remainder of the depth',
      inputs: [
        { shape: [18, 65], type: 'f32' },
        { shape: [65, 21], type: 'f32' },
      ],
      attributes: { transposeA: false, transposeB: false },
    },
    {
      name: 'a row by a column',
      inputs: [
        { shape: [1, 11], type: 'f32' },
        { shape: [11, 1], type: 'f32' },
      ],
      attributes: { transposeA: false, transposeB: false },
    },
    {
      name: 'an outer product',
      inputs: [
        { shape: [6, 1], type: 'f32' },
        { shape: [1, 5], type: 'f32' },
      ],
      attributes: { transposeA: false, transposeB: false },
    },
  ],
};

/**
 * A·B, with A [rows, depth] and B [depth, columns], or stacks [batch, …] of them; a transposed input is given the
 * other way round ([depth, rows], [columns, depth]). Gives [rows, columns] or [batch, rows, columns]. Throws a ShapeError.
 */
export const matrixProduct = (
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: Partial<MatrixProductAttributes> = {},
): Tensor => apply(matrixProductOperation, [a, b], { transposeA, transposeB });
