/** Linear transforms L · X · Lᵀ of small squares of images, and images put together of them: four neighbouring tiles at a time. */
import { columnsOf, type Matrix, type TileAssemblyAttributes, type TileTransformAttributes } from '../../../ops/tile-transform.op';
import type { TileProductAttributes } from '../../../ops/tile-product.op';
import { sizeOf, type TensorType } from '../../../graph/tensor';
import { f32x4, i32, memory, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter, Local } from '../assembly/function-writer';
import type { OperationPlanner } from '../kernel';
import { planMatrixProduct } from './matrix-product';
import { bordered, borderedBytes, eachRow, fillBorder, planePlan, remembered, spaced, storeInterleaved, type Border } from './planes';
import { along, eachPart, range, storeLanes } from './tile';

/** The sum of the values with these factors. */
function combination(factors: readonly number[], values: readonly Vector[]): Vector {
  const terms = values.flatMap((value, place) => {
    const factor = factors[place] ?? 0;
    const size = Math.abs(factor);
    return factor === 0 ? [] : [{ negative: factor < 0, size: size === 1 ? value : f32x4.mul(value, f32x4.constant(size)) }];
  });
  const [first, ...others] = terms;
  if (!first) return f32x4.constant(0);
  const start = first.negative ? f32x4.neg(first.size) : first.size;
  return others.reduce((sum, { negative, size }) => (negative ? f32x4.sub(sum, size) : f32x4.add(sum, size)), start);
}

/** L · X · Lᵀ by rows and columns; the elements of X may stand in several places. */
function transformed(writer: FunctionWriter, matrix: Matrix, element: (row: number, column: number) => Vector): Local<'v128'>[][] {
  const inner = range(columnsOf(matrix));
  return matrix.map((factors) => {
    const half = inner.map((column) =>
      writer.keep(
        combination(
          factors,
          inner.map((row) => element(row, column)),
        ),
      ),
    );
    return matrix.map((others) => writer.keep(combination(others, half)));
  });
}

/** Tiles [.., C, N · tiles] begin here for plane n · C + c. */
const tilesStart =
  (channels: number, batch: number, tiles: number) =>
  (writer: FunctionWriter, plane: Int): Int => {
    const by = i32.constant(channels);
    const kept = writer.keep(plane);
    const place = i32.add(i32.mul(i32.remU(kept, by), i32.constant(batch)), i32.divU(kept, by));
    return i32.mul(place, i32.constant(tiles));
  };

export const planTileTransform: OperationPlanner<TileTransformAttributes> = ({ inputs }, { matrix, step, padding, tiles }) => {
  const [batch = 0, channels = 0, height = 0, width = 0] = inputs[0]?.shape ?? [];
  const size = columnsOf(matrix);
  const after = (axis: 0 | 1, length: number): number => Math.max(0, (tiles[axis] - 1) * step + size - padding[axis] - length);
  const border: Border = {
    extent: [height, width],
    before: [Math.max(0, padding[0]), Math.max(0, padding[1])],
    after: [after(0, height), after(1, width)],
  };
  const placeBytes = 4 * channels * batch * tiles[0] * tiles[1];
  return planePlan({
    name: 'tileTransform',
    variant: 'rows',
    planes: batch * channels,
    inputs: [[height, width]],
    output: tiles,
    threadScratch: borderedBytes(border),
    outputStart: tilesStart(channels, batch, tiles[0] * tiles[1]),
    before: (writer, scratch) => {
      fillBorder(writer, scratch, border, 0);
    },
    write: (writer, { inputs: [x], output, scratch }) => {
      if (!x) throw new Error('tileTransform takes an input');
      const plane = bordered(writer, x, scratch, border);
      const origin = Math.max(0, -padding[0]) * plane.rowBytes + 4 * Math.max(0, -padding[1]);
      const cursors = [
        { address: i32.add(plane.address, i32.constant(origin)), bytes: step * plane.rowBytes },
        { address: output, bytes: 4 * tiles[1] },
      ];
      eachRow(writer, tiles[0], cursors, ([top = x, to = output]) => {
        eachPart(writer, tiles[1], 4, (start, count) => {
          const corner = writer.keep(along(top, start, 4 * step));
          const rows = range(size).map((row) => remembered(writer, (number) => memory.v128(corner, row * plane.rowBytes + 16 * number)));
          const elements = rows.map((read) => range(size).map((column) => writer.keep(spaced(read, column, step, count))));
          const target = writer.keep(along(to, start, 4));
          transformed(writer, matrix, (row, column) => elements[row]?.[column] ?? f32x4.constant(0))
            .flat()
            .forEach((value, place) => {
              storeLanes(writer, { address: i32.add(target, i32.constant(place * placeBytes)), offset: 0 }, value, count);
            });
        });
      });
    },
  });
};

export const planTileAssembly: OperationPlanner<TileAssemblyAttributes> = ({ inputs }, { matrix, images: [batch, height, width] }) => {
  const channels = inputs[0]?.shape[1] ?? 0;
  const side = matrix.length;
  const size = columnsOf(matrix);
  const tiles = [Math.ceil(height / side), Math.ceil(width / side)] as const;
  const placeBytes = 4 * channels * batch * tiles[0] * tiles[1];
  return planePlan({
    name: 'tileAssembly',
    variant: 'rows',
    planes: batch * channels,
    inputs: [tiles],
    output: [height, width],
    threadScratch: 0,
    inputStart: tilesStart(channels, batch, tiles[0] * tiles[1]),
    write: (writer, { inputs: [from], output }) => {
      if (!from) throw new Error('tileAssembly takes an input');
      const cursors = [
        { address: from, bytes: 4 * tiles[1] },
        { address: output, bytes: 4 * side * width },
      ];
      eachRow(writer, tiles[0], cursors, ([given = from, to = output], tileRow) => {
        // Tiles that lie within the image side by side, and the one that reaches over its edge.
        const whole = Math.floor(width / side);
        const writeTiles = (start: Int, count: number, columns: number): void => {
          const source = writer.keep(along(given, start, 4));
          const elements = range(size * size).map((place) => writer.keep(memory.v128(i32.add(source, i32.constant(place * placeBytes)))));
          const squares = transformed(writer, matrix, (row, column) => elements[row * size + column] ?? f32x4.constant(0));
          const corner = writer.keep(along(to, start, 4 * side));
          squares.forEach((values, row) => {
            const store = (): void => {
              storeInterleaved(writer, values.slice(0, columns), corner, 4 * row * width, count);
            };
            const rest = height % side;
            if (rest === 0 || row < rest) store();
            else writer.if(i32.ltU(tileRow, i32.constant(tiles[0] - 1)), store);
          });
        };
        eachPart(writer, whole, 4, (start, count) => {
          writeTiles(start, count, side);
        });
        if (whole < tiles[1]) writeTiles(i32.constant(whole), 1, width - whole * side);
      });
    },
  });
};

/** The product as one of matrices, and what is left is to put it together. */
export const planTileProduct: OperationPlanner<TileProductAttributes> = ({ inputs, output, features }, attributes) => {
  const [items = 0, , columns = 0] = inputs[1]?.shape ?? [];
  const between: TensorType = { shape: [items, output.shape[1] ?? 0, columns], type: 'f32' };
  const product = planMatrixProduct({ inputs, output: between, features }, { transposeA: attributes.transposeA, transposeB: false });
  const assembly = planTileAssembly({ inputs: [between], output, features }, attributes);
  return {
    variant: `${product.variant}, ${assembly.variant}`,
    sharedScratch: [4 * sizeOf(between.shape), ...product.sharedScratch],
    threadScratch: Math.max(product.threadScratch, assembly.threadScratch),
    filled: assembly.filled,
    stages: ({ inputs: places, output: to, scratch: [products = 0, ...scratch] }) => [
      ...product.stages({ inputs: places, output: products, scratch }),
      ...assembly.stages({ inputs: [products], output: to, scratch: [] }),
    ],
  };
};
