/** Products of transformed tiles with transformed weights, put together to images (winograd.ts), in one kernel that stores no product. */
import { apply, ShapeError, type KernelContext, type KernelOperation, type KernelSource, type Tensor } from '../graph/tensor';
import { plus, range, u } from './kernel-text';
import type { LinearProduct } from './linear-product';
import { matrixSizes } from './matrix-product-sizes';
import { quadProduct } from './quad-product';
import { floats } from './sample';
import { columnsOf, covering, flopsOf, ofRank, sampleMatrix, transformed, type Matrix } from './tile-transform.op';

export type TileProductAttributes = {
  /** Rows of one length m: L of L · tile · Lᵀ, a square of the image. */
  readonly matrix: Matrix;
  /** [N, H, W]; squares that reach over the edge are cut. */
  readonly images: readonly [number, number, number];
  /** Whether the weights are [m · m, depth, rows] rather than [m · m, rows, depth]. */
  readonly transposeA: boolean;
};

interface TileProductSizes {
  readonly items: number;
  readonly rows: number;
  readonly depth: number;
  /** Tiles of all images. */
  readonly columns: number;
  readonly tiles: readonly [number, number];
}

function sizesOf(inputs: KernelContext['inputs'], { matrix, images, transposeA }: TileProductAttributes): TileProductSizes {
  const weights = ofRank('tileProduct', inputs[0], 3);
  const input = ofRank('tileProduct', inputs[1], 3);
  const [rows, depth] = matrixSizes(weights, transposeA);
  const tiles = covering(images, matrix.length);
  const items = columnsOf(matrix) ** 2;
  const columns = images[0] * tiles[0] * tiles[1];
  const expected = [items, depth, columns];
  if (weights[0] !== items || expected.some((length, axis) => length !== input[axis])) {
    throw new ShapeError(
      'tileProduct',
      `weights of ${String(items)} and tiles ${expected.join('×')}`,
      `${weights.join('×')}, ${input.join('×')}`,
    );
  }
  return { items, rows, depth, columns, tiles };
}

/** Statements that name image and corner of the tile `column`. */
const cornerLines = ([vertical, horizontal]: readonly [number, number], side: number): string[] => [
  `let image = column / ${u(vertical * horizontal)};`,
  `let top = ((column / ${u(horizontal)}) % ${u(vertical)}) * ${u(side)};`,
  `let left = (column % ${u(horizontal)}) * ${u(side)};`,
];

/** Index and conditions of each element of the square at this corner, row-major. */
const squareOf = ({ matrix, images: [, height, width] }: TileProductAttributes, channel: string) =>
  matrix.flatMap((_, y) =>
    matrix.map((__, x) => ({
      index: ['image', channel, `top${plus(y)}`, `left${plus(x)}`],
      conditions: [
        ...(y === 0 || height % matrix.length === 0 ? [] : [`top${plus(y)} < ${u(height)}`]),
        ...(x === 0 || width % matrix.length === 0 ? [] : [`left${plus(x)} < ${u(width)}`]),
      ],
    })),
  );

/** Of each item, the factors with which its product counts for the elements of the square. */
const factorsOf = (matrix: Matrix): number[][] =>
  range(columnsOf(matrix)).flatMap((i) =>
    range(columnsOf(matrix)).map((j) => matrix.flatMap((y) => matrix.map((x) => (y[i] ?? 0) * (x[j] ?? 0)))),
  );

function linearProduct(attributes: TileProductAttributes, { items, rows, depth, columns, tiles }: TileProductSizes): LinearProduct {
  const { matrix, transposeA } = attributes;
  return {
    ...{ items, rows, columns, depth: [{ name: 'k', size: depth }], divisible: false },
    rowOperand: {
      input: 0,
      locate: (row) => ({ lines: [], start: `item * ${u(rows * depth)} + ${row}${transposeA ? '' : ` * ${u(depth)}`}`, positions: [] }),
      strides: [transposeA ? rows : 1],
      bounds: [],
    },
    columnOperand: {
      input: 1,
      locate: (column) => ({ lines: [], start: `item * ${u(depth * columns)} + ${column}`, positions: [] }),
      strides: [columns],
      bounds: [],
    },
    result: () => ({ lines: [], index: [] }),
    assembly: {
      factors: factorsOf(matrix),
      results: (row) => ({ lines: cornerLines(tiles, matrix.length), each: squareOf(attributes, row) }),
    },
  };
}

/** One invocation a tile and row, for devices without quads. */
function plainKernel(context: KernelContext, attributes: TileProductAttributes, sizes: TileProductSizes): KernelSource {
  const { items, rows, depth, columns, tiles } = sizes;
  const factors = factorsOf(attributes.matrix);
  const weight = attributes.transposeA ? `k * ${u(rows)} + row` : `row * ${u(depth)} + k`;
  const square = squareOf(attributes, 'row');
  return {
    variant: 'plain',
    workgroupSize: [64, 1, 1],
    workgroups: [Math.ceil(columns / 64), rows, 1],
    body: [
      `if (global.x >= ${u(columns)}) { return; }`,
      'let column = global.x;',
      'let row = group.y;',
      ...square.map((_, q) => `var part${String(q)} = 0.0;`),
      ...range(items).flatMap((item) => [
        '{ var sum = 0.0;',
        `for (var k = 0u; k < ${u(depth)}; k++) {`,
        `sum += ${context.load(0, `${u(item * rows * depth)} + ${weight}`)} * ${context.load(1, `(${u(item * depth)} + k) * ${u(columns)} + column`)};`,
        '}',
        ...square.flatMap((_, q) => {
          const factor = factors[item]?.[q] ?? 0;
          return factor === 0 ? [] : [`part${String(q)} += ${String(factor)}f * sum;`];
        }),
        '}',
      ]),
      ...cornerLines(tiles, attributes.matrix.length),
      ...square.map(({ index, conditions }, q) => {
        const store = context.store(index, `part${String(q)}`);
        return conditions.length === 0 ? store : `if (${conditions.join(' && ')}) { ${store} }`;
      }),
    ].join('\n'),
  };
}

/** Images [N, rows, H, W] from weights [m · m, rows, depth] and tiles [m · m, depth, N · tiles · tiles], m the columns of the matrix. */
export const tileProductOperation: KernelOperation<TileProductAttributes> = {
  kind: 'kernel',
  name: 'tileProduct',
  infer: (inputs, attributes) => {
    const [batch, height, width] = attributes.images;
    return { shape: [batch, sizesOf(inputs, attributes).rows, height, width], type: 'f32' };
  },
  gradient: 'nondifferentiable',
  kernels: (context, attributes) => {
    const sizes = sizesOf(context.inputs, attributes);
    return [context.profile.quads ? quadProduct(context, linearProduct(attributes, sizes)) : plainKernel(context, attributes, sizes)];
  },
  flops: (inputs, attributes) => {
    const { items, rows, depth, columns } = sizesOf(inputs, attributes);
    return 2 * items * rows * depth * columns + flopsOf(attributes.matrix, rows * columns);
  },
  reference: ([weights, tiles], output, attributes) => {
    if (!weights || !tiles) return;
    const given = [weights, tiles].map(({ shape }) => ({ shape, type: 'f32' as const }));
    const {
      items,
      rows,
      depth,
      columns,
      tiles: [vertical, horizontal],
    } = sizesOf(given, attributes);
    const {
      matrix,
      images: [, height, width],
      transposeA,
    } = attributes;
    const side = matrix.length;
    const [rowStep, depthStep] = transposeA ? [1, rows] : [depth, 1];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const products = range(items).map((item) =>
          range(depth).reduce((sum, k) => {
            const weight = weights.data[item * rows * depth + row * rowStep + k * depthStep] ?? 0;
            return sum + weight * (tiles.data[(item * depth + k) * columns + column] ?? 0);
          }, 0),
        );
        const plane = Math.floor(column / (vertical * horizontal)) * rows + row;
        transformed(matrix, products).forEach((value, place) => {
          const y = (Math.floor(column / horizontal) % vertical) * side + Math.floor(place / side);
          const x = (column % horizontal) * side + (place % side);
          if (y < height && x < width) output.data[(plane * height + y) * width + x] = value;
        });
      }
    }
  },
  samples: [
    {
      name: 'cut at the edge',
      inputs: [floats([9, 5, 3]), floats([9, 3, 12])],
      attributes: { matrix: sampleMatrix, images: [2, 5, 3], transposeA: false },
    },
    {
      name: 'transposed',
      inputs: [floats([9, 7, 18]), floats([9, 7, 40])],
      attributes: { matrix: sampleMatrix, images: [2, 8, 10], transposeA: true },
    },
  ],
};

export const tileProduct = (weights: Tensor, tiles: Tensor, attributes: TileProductAttributes): Tensor =>
  apply(tileProductOperation, [weights, tiles], attributes);
