/**
 * Transformed pieces that overlap, added up along one axis: what the input's gradient of a convolution by tiles ends with (winograd.ts),
 * once for the rows and once for the columns. Made while a program is lowered, when all gradients have been taken.
 */
import { apply, ShapeError, sizeOf, type KernelContext, type KernelOperation, type KernelSource, type Tensor } from '../graph/tensor';
import { plus, range, u } from './kernel-text';
import { floats } from './sample';
import { columnsOf, combination, flopsOfColumn, ofRank, sampleMatrix, transposed, type Matrix } from './tile-transform.op';

export type TileFoldAttributes = {
  /** Rows of one length m: a piece of as many elements as rows is this times m elements of the input. */
  readonly matrix: Matrix;
  /** Elements from one piece to the next: at least half of a piece, so that it overlaps its neighbours alone, and at most a piece. */
  readonly step: number;
  /** Elements of the first piece that lie before the result, and are left out. */
  readonly padding: number;
  /** Elements of the result; the pieces reach to its end or over it. */
  readonly length: number;
};

export interface TileFoldSizes {
  /** Axes of the input after the first; `outer` and `inner` are exchanged in the result. */
  readonly first: number;
  readonly outer: number;
  readonly inner: number;
  readonly pieces: number;
  readonly last: number;
  /** Elements of a piece that the next one reaches over. */
  readonly overlap: number;
}

export function tileFoldSizes(inputs: KernelContext['inputs'], { matrix, step, padding, length }: TileFoldAttributes): TileFoldSizes {
  const shape = ofRank('tileFold', inputs[0], 6);
  const [size, first = 0, outer = 0, inner = 0, pieces = 0, last = 0] = shape;
  const overlap = matrix.length - step;
  const reach = pieces * step + overlap - padding;
  if (size !== columnsOf(matrix)) throw new ShapeError('tileFold', `${String(columnsOf(matrix))} parts`, String(size));
  if (overlap < 0 || overlap > step || padding < 0 || reach < length) {
    throw new ShapeError('tileFold', `pieces that reach to ${String(length)} and overlap their neighbours alone`, shape.join('×'));
  }
  return { first, outer, inner, pieces, last, overlap };
}

/** One invocation walks along a row of pieces and keeps what the next one is added to. */
function foldKernel(context: KernelContext, attributes: TileFoldAttributes): KernelSource {
  const { first, outer, inner, pieces, last, overlap } = tileFoldSizes(context.inputs, attributes);
  const { matrix, step, padding, length } = attributes;
  const size = columnsOf(matrix);
  const rows = inner * last;
  const store = (position: string, value: string): string => context.store(['first', 'inner', 'outer', position, 'last'], value);
  const inside = padding === 0 && pieces * step <= length;
  return {
    variant: 'rows',
    workgroupSize: [64, 1, 1],
    workgroups: [Math.ceil(rows / 64), first * outer, 1],
    body: [
      `if (global.x >= ${u(rows)}) { return; }`,
      `let first = group.y / ${u(outer)};`,
      `let outer = group.y % ${u(outer)};`,
      `let inner = global.x / ${u(last)};`,
      `let last = global.x % ${u(last)};`,
      `var at = (group.y * ${u(inner)} + inner) * ${u(pieces * last)} + last;`,
      ...range(overlap).map((row) => `var carried${String(row)} = 0.0;`),
      `for (var piece = 0u; piece < ${u(pieces)}; piece++) {`,
      ...range(size).map((row) => `let x${String(row)} = ${context.load(0, `at${plus(row * first * outer * rows * pieces)}`)};`),
      ...matrix.map((factors, row) => {
        const names = range(size).map((number) => `x${String(number)}`);
        return `let y${String(row)} = ${combination(factors, names)}${row < overlap ? ` + carried${String(row)}` : ''};`;
      }),
      ...range(overlap).map((row) => `carried${String(row)} = y${String(step + row)};`),
      ...range(step).map((row) => {
        const position = `piece * ${u(step)}${plus(row - padding)}`;
        return inside ? store(position, `y${String(row)}`) : `if (${position} < ${u(length)}) { ${store(position, `y${String(row)}`)} }`;
      }),
      `at += ${u(last)};`,
      '}',
      ...range(overlap).flatMap((row) => {
        const position = pieces * step + row - padding;
        return position < 0 || position >= length ? [] : [store(u(position), `carried${String(row)}`)];
      }),
    ].join('\n'),
  };
}

/** [m, A, B, C, pieces, D] to [A, C, B, length, D], m the columns of the matrix. */
export const tileFoldOperation: KernelOperation<TileFoldAttributes> = {
  kind: 'kernel',
  name: 'tileFold',
  infer: (inputs, attributes) => {
    const { first, outer, inner, last } = tileFoldSizes(inputs, attributes);
    return { shape: [first, inner, outer, attributes.length, last], type: 'f32' };
  },
  gradient: 'nondifferentiable',
  kernels: (context, attributes) => [foldKernel(context, attributes)],
  flops: (inputs, { matrix }) => (sizeOf(inputs[0]?.shape ?? []) / columnsOf(matrix)) * flopsOfColumn(matrix),
  reference: ([input], output, attributes) => {
    if (!input) return;
    const { first, outer, inner, pieces, last } = tileFoldSizes([{ shape: input.shape, type: 'f32' }], attributes);
    const { matrix, step, padding, length } = attributes;
    output.data.fill(0);
    for (const a of range(first)) {
      for (const b of range(outer)) {
        for (const c of range(inner)) {
          for (const piece of range(pieces)) {
            for (const d of range(last)) {
              matrix.forEach((factors, row) => {
                const position = piece * step + row - padding;
                if (position < 0 || position >= length) return;
                const to = (((a * inner + c) * outer + b) * length + position) * last + d;
                const sum = factors.reduce((part, factor, number) => {
                  const from = ((((number * first + a) * outer + b) * inner + c) * pieces + piece) * last + d;
                  return part + factor * (input.data[from] ?? 0);
                }, 0);
                output.data[to] = (output.data[to] ?? 0) + sum;
              });
            }
          }
        }
      }
    }
  },
  samples: [
    {
      name: 'overlapping',
      inputs: [floats([2, 2, 3, 2, 5, 3])],
      attributes: { matrix: transposed(sampleMatrix), step: 2, padding: 0, length: 11 },
    },
    {
      name: 'cut at both ends',
      inputs: [floats([2, 1, 2, 3, 4, 2])],
      attributes: { matrix: transposed(sampleMatrix), step: 2, padding: 1, length: 6 },
    },
    {
      name: 'rows',
      inputs: [floats([2, 1, 1, 5, 7, 1])],
      attributes: { matrix: transposed(sampleMatrix), step: 2, padding: 1, length: 14 },
    },
    { name: 'side by side', inputs: [floats([3, 2, 1, 2, 3, 2])], attributes: { matrix: sampleMatrix, step: 2, padding: 0, length: 5 } },
  ],
};

export const tileFold = (pieces: Tensor, attributes: TileFoldAttributes): Tensor => apply(tileFoldOperation, [pieces], attributes);
