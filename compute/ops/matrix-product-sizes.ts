/** The sizes of a matrix product, shared by its operation and its kernels. */
import type { Shape } from '../graph/tensor';

export type MatrixProductAttributes = { readonly transposeA: boolean; readonly transposeB: boolean };

/** [batch, rows, depth] · [batch, depth, columns], transposes undone; `batch` is 1 for rank 2. */
export interface MatrixProductSizes {
  readonly batch: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

/** [rows, columns] of a matrix, or of each matrix of a stack, after its transpose. */
export function matrixSizes(shape: Shape, transposed: boolean): readonly [number, number] {
  const [rows = 0, columns = 0] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

export function matrixProductSizes(a: Shape, b: Shape, { transposeA, transposeB }: MatrixProductAttributes): MatrixProductSizes {
  const [rows, depth] = matrixSizes(a, transposeA);
  const [, columns] = matrixSizes(b, transposeB);
  return { batch: a.length === 3 ? (a[0] ?? 1) : 1, rows, depth, columns };
}
