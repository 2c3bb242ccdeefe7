/**
 * Linear transforms of small square tiles of images, one product of matrices a tile: what Winograd's convolutions (winograd.ts) begin
 * and end with. Both are made while a program is lowered, when all gradients have been taken.
 */
import {
  apply,
  ShapeError,
  sizeOf,
  type KernelContext,
  type KernelOperation,
  type KernelSource,
  type Shape,
  type Tensor,
  type TensorType,
} from '../graph/tensor';
import { plus, range, u } from './kernel-text';
import { floats } from './sample';

export type Matrix = readonly (readonly number[])[];
export type Pair = readonly [number, number];

export type TileTransformAttributes = {
  /** Rows of one length: L of L · tile · Lᵀ. */
  readonly matrix: Matrix;
  /** Elements from one tile to the next, along both axes. */
  readonly step: number;
  /** Rows above and columns left of the image at which the first tile begins; negative inside of it. Outside are zeros. */
  readonly padding: Pair;
  /** Vertically and horizontally. */
  readonly tiles: Pair;
};

export type TileAssemblyAttributes = {
  /** Rows of one length: L of L · tile · Lᵀ, a square of the image. */
  readonly matrix: Matrix;
  /** [N, H, W]; the channels are those of the tiles. Squares that reach over the edge are cut. */
  readonly images: readonly [number, number, number];
};

export const columnsOf = (matrix: Matrix): number => matrix[0]?.length ?? 0;

/** `a0 + a2 * 0.5f - a3`: the sum of the named values with these factors. */
export function combination(factors: readonly number[], names: readonly string[]): string {
  const terms = factors.flatMap((factor, index) => {
    if (factor === 0) return [];
    const size = Math.abs(factor) === 1 ? (names[index] ?? '') : `${names[index] ?? ''} * ${String(Math.abs(factor))}f`;
    return [{ sign: factor < 0 ? '-' : '+', size }];
  });
  const text = terms.map(({ sign, size }, index) => (index > 0 ? ` ${sign} ${size}` : sign === '-' ? `-${size}` : size)).join('');
  return text === '' ? '0.0' : text;
}

/** Statements that name L · X · Lᵀ of the square X of names x_row_column: `to`_row_column. */
function transformLines(matrix: Matrix, from: string, to: string): string[] {
  const size = columnsOf(matrix);
  return matrix.flatMap((factors, row) => [
    ...range(size).map((column) => {
      const names = range(size).map((inner) => `${from}_${String(inner)}_${String(column)}`);
      return `let half_${String(row)}_${String(column)} = ${combination(factors, names)};`;
    }),
    ...matrix.map((others, column) => {
      const names = range(size).map((inner) => `half_${String(row)}_${String(inner)}`);
      return `let ${to}_${String(row)}_${String(column)} = ${combination(others, names)};`;
    }),
  ]);
}

/** L · X · Lᵀ of a row-major square. */
export function transformed(matrix: Matrix, square: readonly number[]): number[] {
  const size = columnsOf(matrix);
  const at = (row: number, column: number): number => square[row * size + column] ?? 0;
  return matrix.flatMap((left) =>
    matrix.map((right) => left.reduce((sum, a, row) => sum + right.reduce((inner, b, column) => inner + a * b * at(row, column), 0), 0)),
  );
}

/** Names image, vertical and horizontal number of the tile `global.x`, of which there are `count`. */
const tileLines = (count: number, [vertical, horizontal]: Pair): string[] => [
  `if (global.x >= ${u(count)}) { return; }`,
  `let image = global.x / ${u(vertical * horizontal)};`,
  `let tileY = (global.x / ${u(horizontal)}) % ${u(vertical)};`,
  `let tileX = global.x % ${u(horizontal)};`,
];

/** One invocation a tile of one channel, neighbours beside one another. */
const perTile = (variant: string, count: number, channels: number, lines: readonly string[]): KernelSource => ({
  variant,
  workgroupSize: [64, 1, 1],
  workgroups: [Math.ceil(count / 64), channels, 1],
  body: lines.join('\n'),
});

function transformKernel(context: KernelContext, { matrix, step, padding, tiles }: TileTransformAttributes): KernelSource {
  const [batch = 0, channels = 0, height = 0, width = 0] = context.inputs[0]?.shape ?? [];
  const count = batch * tiles[0] * tiles[1];
  const size = columnsOf(matrix);
  /** Whether some tile reaches over the edge of an axis. */
  const reachesOut = (axis: 0 | 1, length: number): boolean =>
    padding[axis] > 0 || (tiles[axis] - 1) * step - padding[axis] + size > length;
  const outside = [reachesOut(0, height), reachesOut(1, width)] as const;
  const square = range(size).flatMap((row) => range(size).map((column) => ({ row, column, name: `x_${String(row)}_${String(column)}` })));
  return perTile('tiles', count, channels, [
    ...tileLines(count, tiles),
    `let top = tileY * ${u(step)}${plus(-padding[0])};`,
    `let left = tileX * ${u(step)}${plus(-padding[1])};`,
    `let corner = ((image * ${u(channels)} + group.y) * ${u(height)} + top) * ${u(width)} + left;`,
    ...(outside[0] ? range(size).map((row) => `let rowIn${String(row)} = top${plus(row)} < ${u(height)};`) : []),
    ...(outside[1] ? range(size).map((column) => `let columnIn${String(column)} = left${plus(column)} < ${u(width)};`) : []),
    ...square.map(({ row, column, name }) => {
      const read = context.load(0, `corner${plus(row * width + column)}`);
      // Not &&, which would branch.
      const inside = [...(outside[0] ? [`rowIn${String(row)}`] : []), ...(outside[1] ? [`columnIn${String(column)}`] : [])].join(' & ');
      return `let ${name} = ${inside === '' ? read : `select(0.0, ${read}, ${inside})`};`;
    }),
    ...transformLines(matrix, 'x', 'y'),
    ...matrix.flatMap((_, row) =>
      matrix.map((__, column) =>
        context.store([u(row * matrix.length + column), 'group.y', 'global.x'], `y_${String(row)}_${String(column)}`),
      ),
    ),
  ]);
}

/** Tiles that cover an image in each axis, `side` elements each. */
export const covering = ([, height, width]: readonly [number, number, number], side: number): Pair => [
  Math.ceil(height / side),
  Math.ceil(width / side),
];

function assemblyKernel(context: KernelContext, { matrix, images }: TileAssemblyAttributes): KernelSource {
  const [, channels = 0, count = 0] = context.inputs[0]?.shape ?? [];
  const [, height, width] = images;
  const side = matrix.length;
  const size = columnsOf(matrix);
  const tiles = covering(images, side);
  return perTile('tiles', count, channels, [
    ...tileLines(count, tiles),
    `let top = tileY * ${u(side)};`,
    `let left = tileX * ${u(side)};`,
    `let at = group.y * ${u(count)} + global.x;`,
    ...range(size).flatMap((row) =>
      range(size).map(
        (column) => `let x_${String(row)}_${String(column)} = ${context.load(0, `at${plus((row * size + column) * channels * count)}`)};`,
      ),
    ),
    ...transformLines(matrix, 'x', 'y'),
    ...matrix.flatMap((_, row) =>
      matrix.map((__, column) => {
        const conditions = [
          ...(row === 0 || height % side === 0 ? [] : [`top${plus(row)} < ${u(height)}`]),
          ...(column === 0 || width % side === 0 ? [] : [`left${plus(column)} < ${u(width)}`]),
        ];
        const store = context.store(['image', 'group.y', `top${plus(row)}`, `left${plus(column)}`], `y_${String(row)}_${String(column)}`);
        return conditions.length === 0 ? store : `if (${conditions.join(' && ')}) { ${store} }`;
      }),
    ),
  ]);
}

/** Of the matrix times one column. */
export const flopsOfColumn = (matrix: Matrix): number =>
  matrix.reduce((sum, factors) => sum + Math.max(0, 2 * factors.filter((factor) => factor !== 0).length - 1), 0);

export const flopsOf = (matrix: Matrix, tiles: number): number => tiles * flopsOfColumn(matrix) * (columnsOf(matrix) + matrix.length);

/** Columns as rows. */
export const transposed = (matrix: Matrix): Matrix => range(columnsOf(matrix)).map((column) => matrix.map((row) => row[column] ?? 0));

export const ofRank = (operation: string, input: TensorType | undefined, rank: number): Shape => {
  if (input?.type === 'f32' && input.shape.length === rank) return input.shape;
  throw new ShapeError(
    operation,
    `one f32 input of rank ${String(rank)}`,
    input ? `${input.type} of rank ${String(input.shape.length)}` : 'none',
  );
};

/** Coefficients of no particular meaning, one of them no power of two. */
export const sampleMatrix: Matrix = [
  [1, 0, -1],
  [0, 0.5, 3],
];

/** Tiles of images [N, C, H, W], transformed: [m · m, C, N · tiles · tiles] with m the rows of the matrix. */
export const tileTransformOperation: KernelOperation<TileTransformAttributes> = {
  kind: 'kernel',
  name: 'tileTransform',
  infer: ([input], { matrix, tiles }) => {
    const [batch = 0, channels = 0] = ofRank('tileTransform', input, 4);
    return { shape: [matrix.length ** 2, channels, batch * tiles[0] * tiles[1]], type: 'f32' };
  },
  gradient: 'nondifferentiable',
  kernels: (context, attributes) => [transformKernel(context, attributes)],
  flops: (_inputs, { matrix }, output) => flopsOf(matrix, sizeOf(output.shape) / matrix.length ** 2),
  reference: ([input], output, { matrix, step, padding, tiles }) => {
    const [batch = 0, channels = 0, height = 0, width = 0] = input?.shape ?? [];
    const size = columnsOf(matrix);
    const count = batch * tiles[0] * tiles[1];
    for (let channel = 0; channel < channels; channel++) {
      for (let tile = 0; tile < count; tile++) {
        const plane = Math.floor(tile / (tiles[0] * tiles[1])) * channels + channel;
        const top = (Math.floor(tile / tiles[1]) % tiles[0]) * step - padding[0];
        const left = (tile % tiles[1]) * step - padding[1];
        const square = range(size * size).map((place) => {
          const row = top + Math.floor(place / size);
          const column = left + (place % size);
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          return inside ? (input?.data[(plane * height + row) * width + column] ?? 0) : 0;
        });
        transformed(matrix, square).forEach((value, place) => {
          output.data[(place * channels + channel) * count + tile] = value;
        });
      }
    }
  },
  samples: [
    { name: 'padded', inputs: [floats([2, 2, 5, 4])], attributes: { matrix: sampleMatrix, step: 2, padding: [1, 1], tiles: [3, 2] } },
    { name: 'over the end', inputs: [floats([1, 3, 4, 6])], attributes: { matrix: sampleMatrix, step: 2, padding: [0, 0], tiles: [2, 3] } },
    { name: 'inside', inputs: [floats([1, 2, 7, 6])], attributes: { matrix: sampleMatrix, step: 3, padding: [-1, -2], tiles: [2, 1] } },
  ],
};

/** Images [N, C, H, W] put together of the transforms of tiles [m · m, C, N · tiles · tiles], m the columns of the matrix. */
export const tileAssemblyOperation: KernelOperation<TileAssemblyAttributes> = {
  kind: 'kernel',
  name: 'tileAssembly',
  infer: ([input], { matrix, images }) => {
    const shape = ofRank('tileAssembly', input, 3);
    const [vertical, horizontal] = covering(images, matrix.length);
    const expected = [columnsOf(matrix) ** 2, shape[1] ?? 0, images[0] * vertical * horizontal];
    if (expected.some((length, axis) => length !== shape[axis])) throw new ShapeError('tileAssembly', expected.join('×'), shape.join('×'));
    return { shape: [images[0], shape[1] ?? 0, images[1], images[2]], type: 'f32' };
  },
  gradient: 'nondifferentiable',
  kernels: (context, attributes) => [assemblyKernel(context, attributes)],
  flops: (inputs, { matrix }) => flopsOf(matrix, sizeOf(inputs[0]?.shape ?? []) / columnsOf(matrix) ** 2),
  reference: ([input], output, { matrix, images }) => {
    const [squares = 0, channels = 0, count = 0] = input?.shape ?? [];
    const [, height, width] = images;
    const side = matrix.length;
    const [vertical, horizontal] = covering(images, side);
    for (let channel = 0; channel < channels; channel++) {
      for (let tile = 0; tile < count; tile++) {
        const plane = Math.floor(tile / (vertical * horizontal)) * channels + channel;
        const square = range(squares).map((place) => input?.data[(place * channels + channel) * count + tile] ?? 0);
        transformed(matrix, square).forEach((value, place) => {
          const row = (Math.floor(tile / horizontal) % vertical) * side + Math.floor(place / side);
          const column = (tile % horizontal) * side + (place % side);
          if (row < height && column < width) output.data[(plane * height + row) * width + column] = value;
        });
      }
    }
  },
  samples: [
    { name: 'whole squares', inputs: [floats([9, 2, 12])], attributes: { matrix: sampleMatrix, images: [2, 4, 6] } },
    { name: 'cut at the edge', inputs: [floats([9, 3, 6])], attributes: { matrix: sampleMatrix, images: [1, 5, 3] } },
  ],
};

export const tileTransform = (images: Tensor, attributes: TileTransformAttributes): Tensor =>
  apply(tileTransformOperation, [images], attributes);

export const tileAssembly = (tiles: Tensor, attributes: TileAssemblyAttributes): Tensor =>
  apply(tileAssemblyOperation, [tiles], attributes);
