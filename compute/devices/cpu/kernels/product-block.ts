/** A block of rows by a block of columns of a product of matrices, a tile of registers at a time, in blocks of the depth. */
import { i32, memory, v128, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { eachPartOf, packRows, type Operand, type TaskRange } from './product-operands';
import { along, laneMask, openTile, range, storeLanes, sumsOfLanes, type Place, type Tile, type TileContext, type TileSize } from './tile';

export interface Product {
  readonly batch: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly left: Operand;
  readonly right: Operand;
  /** Whether the operation's second input is the left operand. */
  readonly swapped: boolean;
}

/** Depth that a panel and the rows of a tile have at most, so that both stay in the first cache. */
const depthBlock = 384;
/** Steps of the depth in one turn of the inner loop. */
const unrolled = 4;
export interface Block {
  readonly product: Product;
  readonly context: TileContext;
  readonly tile: TileSize;
  readonly left: Int;
  readonly right: { readonly address: Int; readonly packed: boolean };
  /** Of the first row and column of the whole matrix. */
  readonly output: Int;
  readonly rows: TaskRange;
  readonly columns: TaskRange;
  /** Where the rows of the left operand are packed; null to read them where they are. */
  readonly packedRows: Int | null;
}

/** Steps of one block of the depth: at most `depthBlock`, all blocks but the last equally many and a multiple of what is unrolled. */
export function depthBlockOf(depth: number): number {
  const blocks = Math.ceil(depth / depthBlock);
  return blocks === 1 ? depth : Math.ceil(depth / blocks / unrolled) * unrolled;
}

/** Writes the multiplication of a block of rows by a block of columns. */
export function writeBlock(writer: FunctionWriter, block: Block): void {
  const { product, tile, packedRows, rows, columns } = block;
  const { depth } = product;
  const length = depthBlockOf(depth);
  const single = length === depth;
  const multiply = (first: Int, last: Int | null): void => {
    if (packedRows) {
      const { left } = product;
      const rest = i32.sub(i32.constant(depth), first);
      const count = single ? i32.constant(depth) : i32.lesserU(rest, i32.constant(length));
      const address = along(block.left, first, left.depthBytes);
      packRows(
        writer,
        { address, depthBytes: left.depthBytes },
        packedRows,
        { depth: writer.keep(count), stride: length },
        rows,
        tile.rows,
      );
    }
    eachPartOf(writer, columns, 4 * tile.vectors, (column, width) => {
      eachPartOf(writer, rows, tile.rows, (row, height) => writeTile(writer, block, { row, height, column, width, first, last, length }));
    });
  };
  if (single) multiply(i32.constant(0), null);
  else {
    const first = writer.local('i32');
    writer.for(first, i32.constant(0), i32.constant(depth), length, () => {
      multiply(first, writer.keep(i32.geU(first, i32.constant(depth - length))));
    });
  }
}

interface TilePlace {
  readonly row: Int;
  readonly height: number;
  readonly column: Int;
  readonly width: number;
  /** First step of the depth; whether the block of the depth is the last, null where it is the only one. */
  readonly first: Int;
  readonly last: Int | null;
  readonly length: number;
}

function writeTile(writer: FunctionWriter, block: Block, { row, height, column, width, first, last, length }: TilePlace): void {
  const { product, context, packedRows } = block;
  const { depth, columns } = product;
  const vectors = Math.ceil(width / 4);
  const tile = openTile(writer, context, { rows: height, vectors });
  const left = packedRows
    ? { outerBytes: 4, depthBytes: 4 * block.tile.rows }
    : { outerBytes: product.left.outerBytes, depthBytes: product.left.depthBytes };
  const rightBytes = block.right.packed ? 16 * vectors : product.right.depthBytes;
  const leftPointer = writer.keep(
    packedRows
      ? along(packedRows, i32.sub(row, block.rows.from), 4 * length)
      : along(along(block.left, row, left.outerBytes), first, left.depthBytes),
  );
  const rightPointer = writer.keep(along(along(block.right.address, column, block.right.packed ? 4 * depth : 4), first, rightBytes));
  const output = writer.keep(along(along(block.output, row, 4 * columns), column, 4));
  const place = (line: number): Place => ({ address: output, offset: 4 * columns * line });
  if (last) {
    writer.if(
      i32.eqz(first),
      () => tile.clear(),
      () => tile.load(place),
    );
  } else tile.clear();
  const steps = (count: number): void => {
    for (const step of range(count)) {
      tile.step(
        (line) => memory.splat32(leftPointer, step * left.depthBytes + line * left.outerBytes),
        (vector) => memory.v128(rightPointer, step * rightBytes + 16 * vector),
      );
    }
  };
  const tail = depth % unrolled;
  const turns = last
    ? i32.lesserU(writer.keep(i32.shrU(i32.sub(i32.constant(depth), first), i32.constant(2))), i32.constant(length / unrolled))
    : i32.constant(Math.floor(depth / unrolled));
  const end = writer.keep(along(rightPointer, turns, unrolled * rightBytes));
  writer.while(i32.ltU(rightPointer, end), () => {
    steps(unrolled);
    writer.increase(leftPointer, unrolled * left.depthBytes);
    writer.increase(rightPointer, unrolled * rightBytes);
  });
  if (tail > 0) {
    if (last) writer.if(last, () => steps(tail));
    else steps(tail);
  }
  tile.store(place, width);
}

/** Columns of a tile of dots. */
export const dotColumns = (rows: number): number => (rows === 1 ? 6 : rows === 2 ? 4 : 3);

/** Of rows and columns that both lie along the depth: lanes take every fourth step of it and are added at the end. */
export function writeDots(writer: FunctionWriter, { product, context, left, right, output, columns }: Block): void {
  const { rows, depth } = product;
  const masked = (value: Vector): Vector => v128.and(value, laneMask(depth % 4));
  eachPartOf(writer, columns, dotColumns(rows), (column, width) => {
    const tile = openTile(writer, context, { rows, vectors: width });
    const leftPointer = writer.keep(left);
    const rightPointer = writer.keep(along(right.address, column, product.right.outerBytes));
    const end = writer.keep(i32.add(leftPointer, i32.constant(16 * Math.floor(depth / 4))));
    const at = (pointer: Int, bytes: number): Vector => memory.v128(pointer, bytes);
    tile.clear();
    writer.while(i32.ltU(leftPointer, end), () => {
      tile.step(
        (row) => at(leftPointer, row * product.left.outerBytes),
        (line) => at(rightPointer, line * product.right.outerBytes),
      );
      writer.increase(leftPointer, 16);
      writer.increase(rightPointer, 16);
    });
    if (depth % 4 > 0) {
      // Both are masked: what stands behind may be no number.
      tile.step(
        (row) => masked(at(leftPointer, row * product.left.outerBytes)),
        (line) => masked(at(rightPointer, line * product.right.outerBytes)),
      );
    }
    storeDots(writer, tile, (row) => ({ address: along(output, column, 4), offset: 4 * product.columns * row }));
  });
}

function storeDots(writer: FunctionWriter, tile: Tile, place: (row: number) => Place): void {
  for (const row of range(tile.rows)) {
    for (let first = 0; first < tile.vectors; first += 4) {
      const lanes = Math.min(4, tile.vectors - first);
      const { address, offset } = place(row);
      storeLanes(
        writer,
        { address, offset: offset + 4 * first },
        sumsOfLanes(
          writer,
          range(lanes).map((lane) => tile.sum(row, first + lane)),
        ),
        lanes,
      );
    }
  }
}
