/** Linear transforms L · X · Lᵀ of small squares of images, and images put together of them: four neighbouring tiles at a time. */
import { columnsOf, type TileAssemblyAttributes, type TileTransformAttributes } from '../../../ops/tile-transform.op';
import { f32x4, i32, memory, type Int } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import type { OperationPlanner } from '../kernel';
import { transformSquare } from './linear-map';
import {
  bordered,
  borderedBytes,
  copyRow,
  eachRow,
  fillBorder,
  planePlan,
  remembered,
  spaced,
  storeInterleaved,
  type Border,
} from './planes';
import { along, eachPart, range } from './tile';

/** Tiles [.., C, N · tiles] begin here for plane n · C + c. */
const tilesStart =
  (channels: number, batch: number, tiles: number) =>
  (writer: FunctionWriter, plane: Int): Int => {
    const by = i32.constant(channels);
    const kept = writer.keep(plane);
    const place = i32.add(i32.mul(i32.remU(kept, by), i32.constant(batch)), i32.divU(kept, by));
    return i32.mul(place, i32.constant(tiles));
  };

export const planTileTransform: OperationPlanner<TileTransformAttributes> = ({ inputs, features }, { matrix, step, padding, tiles }) => {
  const [batch = 0, channels = 0, height = 0, width = 0] = inputs[0]?.shape ?? [];
  const size = columnsOf(matrix);
  const after = (axis: 0 | 1, length: number): number => Math.max(0, (tiles[axis] - 1) * step + size - padding[axis] - length);
  const border: Border = {
    extent: [height, width],
    before: [Math.max(0, padding[0]), Math.max(0, padding[1])],
    after: [after(0, height), after(1, width)],
  };
  const count = tiles[0] * tiles[1];
  const items = matrix.length ** 2;
  const placeBytes = 4 * channels * batch * count;
  // All tiles of a plane, so that they are written in long runs: whole vectors, of which the next row's first overwrites what is too much.
  const gatheredBytes = 4 * count + 16;
  const gatheredStart = Math.ceil(borderedBytes(border) / 16) * 16;
  return planePlan({
    name: 'tileTransform',
    variant: 'rows',
    planes: batch * channels,
    inputs: [[height, width]],
    output: tiles,
    threadScratch: gatheredStart + items * gatheredBytes,
    // Channel by channel, as the tiles lie.
    inputStart: (writer, plane) => {
      const kept = writer.keep(plane);
      const by = i32.constant(batch);
      const place = i32.add(i32.mul(i32.remU(kept, by), i32.constant(channels)), i32.divU(kept, by));
      return i32.mul(place, i32.constant(height * width));
    },
    outputStart: (_, plane) => i32.mul(plane, i32.constant(count)),
    before: (writer, scratch) => {
      fillBorder(writer, scratch, border, 0);
    },
    write: (writer, { inputs: [x], output, scratch }) => {
      if (!x) throw new Error('tileTransform takes an input');
      const plane = bordered(writer, x, scratch, border);
      const origin = Math.max(0, -padding[0]) * plane.rowBytes + 4 * Math.max(0, -padding[1]);
      const gathered = writer.keep(i32.add(scratch, i32.constant(gatheredStart)));
      const cursors = [
        { address: i32.add(plane.address, i32.constant(origin)), bytes: step * plane.rowBytes },
        { address: gathered, bytes: 4 * tiles[1] },
      ];
      eachRow(writer, tiles[0], cursors, ([top = x, to = gathered]) => {
        eachPart(writer, tiles[1], 4, (start, lanes) => {
          const corner = writer.keep(along(top, start, 4 * step));
          const rows = range(size).map((row) => remembered(writer, (number) => memory.v128(corner, row * plane.rowBytes + 16 * number)));
          const target = writer.keep(along(to, start, 4));
          transformSquare(writer, features, matrix, (row, column) => spaced(rows[row]!, column, step, lanes))
            .flat()
            .forEach((value, item) => {
              writer.storeVector(target, value, item * gatheredBytes);
            });
        });
      });
      const runs = [
        { address: gathered, bytes: gatheredBytes },
        { address: output, bytes: placeBytes },
      ];
      eachRow(writer, items, runs, ([from = gathered, to = output]) => {
        copyRow(writer, from, to, count);
      });
    },
  });
};

export const planTileAssembly: OperationPlanner<TileAssemblyAttributes> = (
  { inputs, features },
  { matrix, images: [batch, height, width] },
) => {
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
          const squares = transformSquare(writer, features, matrix, (row, column) => elements[row * size + column] ?? f32x4.constant(0));
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
