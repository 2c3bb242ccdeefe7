/**
 * The product of matrices: panels of the right operand are packed once, each task multiplies a block of rows by all of them
 * (Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, 2008).
 */
import { sizeOf } from '../../../graph/tensor';
import { matrixProductSizes, type MatrixProductAttributes } from '../../../ops/matrix-product-sizes';
import { i32 } from '../assembly/expression';
import type { CpuFeatures, OperationPlan, OperationPlanner, Stage } from '../kernel';
import { planNothing, planZeros } from './empty-plans';
import { depthBlockOf, dotColumns, writeBlock, writeDots, type Product } from './product-block';
import { packPanels, panelBytes, type Operand, type TaskRange } from './product-operands';
import { divisorUpTo, roundUp, unitsPerTask, wantedTasks } from './task-sizes';
import { along, chooseTile, tileContext, tileRows } from './tile';

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

/** What `stages` needs of where things are. */
interface Addresses {
  readonly left: number;
  readonly right: number;
  readonly output: number;
}

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

/**
 * Whether rows that step through a matrix are packed first. What one tile reads of a small one stays in the caches, unless the steps
 * are so even that all of it competes for the same few lines.
 */
const packsRows = ({ rows, left }: Product): boolean =>
  left.outerBytes === 4 && rows > 1 && (left.itemBytes > 4 * nearBytes || left.depthBytes % 2048 === 0);

/** Whole matrices of a stack to a task, which packs what it needs itself. */
function planStack(product: Product, features: CpuFeatures): OperationPlan {
  const { batch, rows, depth, columns, left, right } = product;
  const tile = chooseTile(features, rows, columns);
  const items = unitsPerTask(batch, 2 * rows * depth * columns, 4 * wantedTasks);
  const packs = packsRows(product);
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
  const packs = packsRows(product);
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
