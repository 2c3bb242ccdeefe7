/**
 * The product of matrices: panels of the right operand are packed once, each task multiplies a block of rows by all of them, a
 * tile of registers at a time, in blocks of the depth (Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, 2008).
 */
import { sizeOf } from '../../../graph/tensor';
import { matrixProductSizes, type MatrixProductAttributes } from '../../../ops/matrix-product-sizes';
import { i32, memory, v128, type Int, type Vector } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import type { CpuFeatures, OperationPlan, OperationPlanner, Stage } from '../kernel';
import { eachPartOf, packPanels, packRows, panelBytes, type Operand, type TaskRange } from './product-operands';
import { divisorUpTo, roundUp, unitsPerTask, wantedTasks } from './task-sizes';
import {
  along,
  chooseTile,
  laneMask,
  openTile,
  range,
  storeLanes,
  sumsOfLanes,
  tileContext,
  tileRows,
  type Place,
  type Tile,
  type TileContext,
  type TileSize,
} from './tile';

interface Product {
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
/** Bytes of an operand that is in the second cache, beside others, when it is read again. */
const nearBytes = 2 ** 17;
/** Rows of a task at most: with a block of the depth they stay in the second cache. */
const largestBlock = 64;

/** A thin product is one row, so that the columns lie in lanes: A·b is (bᵀ·Aᵀ)ᵀ. */
function productOf(inputs: readonly { readonly shape: readonly number[] }[], attributes: MatrixProductAttributes): Product {
  const { batch, rows, depth, columns } = matrixProductSizes(inputs[0]!.shape, inputs[1]!.shape, attributes);
  const operand = (transposed: boolean, outer: number): Operand => ({
    outerBytes: transposed ? 4 : 4 * depth,
    depthBytes: transposed ? 4 * outer : 4,
    itemBytes: 4 * outer * depth,
  });
  const left = operand(attributes.transposeA, rows);
  const right = operand(!attributes.transposeB, columns);
  return columns === 1 && rows > 1
    ? { batch, rows: 1, depth, columns: rows, left: { ...right, outerBytes: 4 * depth, depthBytes: 4 }, right: left, swapped: true }
    : { batch, rows, depth, columns, left, right, swapped: false };
}

interface Block {
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
function depthBlockOf(depth: number): number {
  const blocks = Math.ceil(depth / depthBlock);
  return blocks === 1 ? depth : Math.ceil(depth / blocks / unrolled) * unrolled;
}

/** Writes the multiplication of a block of rows by a block of columns. */
function writeBlock(writer: FunctionWriter, block: Block): void {
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
const dotColumns = (rows: number): number => (rows === 1 ? 6 : rows === 2 ? 4 : 3);

/** Of rows and columns that both lie along the depth: lanes take every fourth step of it and are added at the end. */
function writeDots(writer: FunctionWriter, { product, context, left, right, output, columns }: Block): void {
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

/** What `stages` needs of where things are. */
interface Addresses {
  readonly left: number;
  readonly right: number;
  readonly output: number;
}

/** Of an output without elements. */
export const planNothing = (): OperationPlan => ({
  variant: 'nothing',
  sharedScratch: [],
  threadScratch: 0,
  filled: null,
  stages: () => [],
});

/** Few rows: the right operand is read where it is, by blocks of columns. */
function planThin(product: Product, features: CpuFeatures): OperationPlan {
  const { batch, rows, depth, columns, left, right } = product;
  const dots = right.outerBytes !== 4;
  const tile = chooseTile(features, rows, columns);
  const unit = dots ? dotColumns(rows) : 4 * tile.vectors;
  const columnsPerTask = Math.min(
    columns,
    unit * unitsPerTask(Math.ceil(columns / unit), 2 * rows * depth * unit, Math.ceil(wantedTasks / batch)),
  );
  const blocks = Math.ceil(columns / columnsPerTask);
  return {
    variant: dots ? 'dots' : 'thin',
    sharedScratch: [],
    threadScratch: 0,
    filled: blocks === 1 ? rows * columns : rows === 1 && batch === 1 ? columnsPerTask : null,
    stages: ({ inputs, output }) => {
      const at = addressesOf(product, inputs, output);
      const write: Stage['write'] = (writer, task, scratch) => {
        const item = writer.keep(i32.divU(task, i32.constant(blocks)));
        const from = writer.keep(i32.mul(i32.sub(task, i32.mul(item, i32.constant(blocks))), i32.constant(columnsPerTask)));
        (dots ? writeDots : writeBlock)(writer, {
          ...{ product, context: tileContext(writer, features, scratch), tile, packedRows: null },
          left: writer.keep(along(i32.constant(at.left), item, left.itemBytes)),
          right: { address: writer.keep(along(i32.constant(at.right), item, right.itemBytes)), packed: false },
          output: writer.keep(along(i32.constant(at.output), item, 4 * rows * columns)),
          rows: { from: i32.constant(0), count: rows, total: rows },
          columns: { from, count: columnsPerTask, total: columns },
        });
      };
      return [{ name: 'multiply', tasks: batch * blocks, write }];
    },
  };
}

const addressesOf = ({ swapped }: Product, inputs: readonly number[], output: number): Addresses => ({
  left: inputs[swapped ? 1 : 0]!,
  right: inputs[swapped ? 0 : 1]!,
  output,
});

/** Whole matrices of a stack to a task, which packs what it needs itself. */
function planStack(product: Product, features: CpuFeatures): OperationPlan {
  const { batch, rows, depth, columns, left, right } = product;
  const tile = chooseTile(features, rows, columns);
  const items = unitsPerTask(batch, 2 * rows * depth * columns, 4 * wantedTasks);
  const packs = left.outerBytes === 4 && rows > 1;
  const rowBytes = packs ? 4 * roundUp(rows, tile.rows) * depthBlockOf(depth) + 64 : 0;
  const whole = (total: number): TaskRange => ({ from: i32.constant(0), count: total, total });
  return {
    variant: `stack of ${tile.rows}×${4 * tile.vectors}`,
    sharedScratch: [],
    threadScratch: roundUp(rowBytes, 64) + panelBytes(depth, columns),
    filled: items * rows * columns,
    stages: ({ inputs, output }) => {
      const at = addressesOf(product, inputs, output);
      const write: Stage['write'] = (writer, task, scratch) => {
        const first = writer.keep(i32.mul(task, i32.constant(items)));
        const item = writer.local('i32');
        const panels = writer.keep(i32.add(scratch, i32.constant(roundUp(rowBytes, 64))));
        writer.for(item, first, i32.lesserU(writer.keep(i32.add(first, i32.constant(items))), i32.constant(batch)), 1, () => {
          const source = writer.keep(along(i32.constant(at.right), item, right.itemBytes));
          packPanels(writer, { from: source, operand: right, to: panels, depth, columns: whole(columns), width: 4 * tile.vectors });
          writeBlock(writer, {
            ...{
              product,
              context: tileContext(writer, features, scratch),
              tile,
              packedRows: packs ? scratch : null,
              rows: whole(rows),
              columns: whole(columns),
            },
            left: writer.keep(along(i32.constant(at.left), item, left.itemBytes)),
            right: { address: panels, packed: true },
            output: writer.keep(along(i32.constant(at.output), item, 4 * rows * columns)),
          });
        });
      };
      return [{ name: 'multiply', tasks: Math.ceil(batch / items), write }];
    },
  };
}

/** Blocks of rows to a task, after all panels have been packed. */
function planBlocks(product: Product, features: CpuFeatures): OperationPlan {
  const { batch, rows, depth, columns, left, right } = product;
  const whole = chooseTile(features, rows, columns);
  const width = 4 * whole.vectors;
  const panels = Math.ceil(columns / width);
  const groups = unitsPerTask(Math.ceil(rows / whole.rows), 2 * whole.rows * depth * columns, Math.ceil(wantedTasks / batch));
  const fewest = right.itemBytes > 4 * nearBytes ? Math.ceil(8 / whole.rows) : 1;
  const wanted = whole.rows * Math.min(Math.max(fewest, groups), Math.ceil(largestBlock / whole.rows));
  // In a stack the ranges that tasks fill follow one another only if a matrix is a whole number of them.
  const rowsPerTask = batch === 1 ? Math.min(rows, wanted) : divisorUpTo(rows, wanted);
  const tile = { rows: tileRows(features, rowsPerTask, whole.vectors), vectors: whole.vectors };
  const rowBlocks = Math.ceil(rows / rowsPerTask);
  const flops = 2 * rowsPerTask * depth * columns;
  const columnsPerTask =
    rowBlocks * batch >= wantedTasks / 2 || flops < 400_000
      ? columns
      : Math.min(columns, width * unitsPerTask(panels, 2 * rowsPerTask * depth * width, Math.ceil(wantedTasks / (rowBlocks * batch))));
  const columnBlocks = Math.ceil(columns / columnsPerTask);
  const packs = left.outerBytes === 4 && rows > 1;
  const itemPanels = roundUp(panelBytes(depth, columns), 64);
  const panelsPerTask = unitsPerTask(panels, 20 * depth * width, wantedTasks);
  const panelTasks = Math.ceil(panels / panelsPerTask);
  return {
    variant: `blocks of ${tile.rows}×${4 * tile.vectors}`,
    sharedScratch: [batch * itemPanels],
    threadScratch: packs ? 4 * roundUp(rowsPerTask, tile.rows) * depthBlockOf(depth) + 64 : 0,
    filled: columnBlocks === 1 ? rowsPerTask * columns : null,
    stages: ({ inputs, output, scratch: [shared = 0] }) => {
      const at = addressesOf(product, inputs, output);
      const pack: Stage['write'] = (writer, task) => {
        const item = writer.keep(i32.divU(task, i32.constant(panelTasks)));
        const block = i32.sub(task, i32.mul(item, i32.constant(panelTasks)));
        packPanels(writer, {
          from: writer.keep(along(i32.constant(at.right), item, right.itemBytes)),
          to: writer.keep(along(i32.constant(shared), item, itemPanels)),
          columns: { from: writer.keep(i32.mul(block, i32.constant(panelsPerTask * width))), count: panelsPerTask * width, total: columns },
          ...{ operand: right, depth, width },
        });
      };
      const multiply: Stage['write'] = (writer, task, scratch) => {
        const row = writer.keep(i32.divU(task, i32.constant(columnBlocks)));
        const columnBlock = i32.sub(task, i32.mul(row, i32.constant(columnBlocks)));
        const item = writer.keep(i32.divU(row, i32.constant(rowBlocks)));
        const rowBlock = i32.sub(row, i32.mul(item, i32.constant(rowBlocks)));
        writeBlock(writer, {
          ...{ product, context: tileContext(writer, features, scratch), tile, packedRows: packs ? scratch : null },
          left: writer.keep(along(i32.constant(at.left), item, left.itemBytes)),
          right: { address: writer.keep(along(i32.constant(shared), item, itemPanels)), packed: true },
          output: writer.keep(along(i32.constant(at.output), item, 4 * rows * columns)),
          rows: { from: writer.keep(i32.mul(rowBlock, i32.constant(rowsPerTask))), count: rowsPerTask, total: rows },
          columns: { from: writer.keep(i32.mul(columnBlock, i32.constant(columnsPerTask))), count: columnsPerTask, total: columns },
        });
      };
      return [
        { name: 'pack', tasks: batch * panelTasks, write: pack },
        { name: 'multiply', tasks: batch * rowBlocks * columnBlocks, write: multiply },
      ];
    },
  };
}

/** Fills an output of `elements` numbers with zeros: what a sum over nothing is. */
export const planZeros = (elements: number): OperationPlan => ({
  ...{ variant: 'zeros', sharedScratch: [], threadScratch: 0, filled: elements },
  stages: ({ output }) => [
    {
      name: 'zeros',
      tasks: 1,
      write: (writer) => writer.fillMemory(i32.constant(output), i32.constant(0), i32.constant(4 * elements)),
    },
  ],
});

export const planMatrixProduct: OperationPlanner<MatrixProductAttributes> = ({ inputs, output, features }, attributes) => {
  const product = productOf(inputs, attributes);
  const { batch, rows, depth, columns, left, right } = product;
  if (sizeOf(output.shape) === 0) return planNothing();
  if (depth === 0) return planZeros(sizeOf(output.shape));
  // Panels pay where several tiles read them, and sooner where the rows of the right operand lie far apart.
  const readInPlace = right.outerBytes === 4 ? rows <= (right.itemBytes > nearBytes ? 4 : 8) : rows <= 3 && left.depthBytes === 4;
  if (readInPlace) return planThin(product, features);
  return batch >= 8 && 2 * rows * depth * columns <= 2 ** 23 ? planStack(product, features) : planBlocks(product, features);
};
