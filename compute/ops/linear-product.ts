/**
 * Products of which both operands are read at addresses linear in the depth: C[row, column] = Σ over depth of A[row, depth] ·
 * B[depth, column]. Matrix products are such, and convolutions and their gradients, whose matrices are never written down.
 */

/** Where an operand's elements along the depth stand, for one row (or column). */
export interface Locus {
  /** WGSL statements that name what the rest uses. */
  readonly lines: readonly string[];
  /** Linear index of the element at depth 0: a u32 expression, which may wrap where bounds say that elements are 0. */
  readonly start: string;
  /** For each bound of the operand the u32 expression of its position at depth 0. */
  readonly positions: readonly string[];
}

export interface Operand {
  /** The operation's input that it is read from. */
  readonly input: number;
  /** Of the row or column named `place`; names that it declares end in `suffix`. `item` is the number of the product. */
  readonly locate: (place: string, suffix: string) => Locus;
  /** Elements from one index of each axis of the depth to the next. */
  readonly strides: readonly number[];
  /** An element is 0 unless for each of these `position + index of the axis · step`, wrapping, is below the limit. */
  readonly bounds: readonly { readonly axis: number; readonly step: number; readonly limit: number }[];
}

export interface LinearProduct {
  /** Products side by side. */
  readonly items: number;
  readonly rows: number;
  readonly columns: number;
  /** Axes of the depth, outermost first: names and sizes. */
  readonly depth: readonly { readonly name: string; readonly size: number }[];
  readonly rowOperand: Operand;
  readonly columnOperand: Operand;
  /**
   * Index of a result, one u32 expression an axis, and conditions on which it is there. `lines`, which stand before, know the
   * column only; `item` is in scope.
   */
  readonly result: (
    row: string,
    column: string,
  ) => { readonly lines: readonly string[]; readonly index: readonly string[]; readonly conditions?: readonly string[] };
  /** The outermost axis of the depth may be cut into parts whose sums are added afterwards. */
  readonly divisible: boolean;
}
