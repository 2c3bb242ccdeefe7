/** WGSL of the matrix product. It knows the shapes and the device's profile, and no other operation. */
import type { KernelContext, KernelSource } from '../graph/tensor';
import { blockProducts } from './block-product';
import { range, u } from './kernel-text';
import type { LinearProduct } from './linear-product';
import { matrixProductSizes, type MatrixProductAttributes, type MatrixProductSizes } from './matrix-product-sizes';
import { quadProduct } from './quad-product';

/** Linear indices of A[row, k] and B[k, column] of the item `item` of the stack, as WGSL. A stack of one needs no `item`. */
function addressing({ output }: KernelContext, sizes: MatrixProductSizes, { transposeA, transposeB }: MatrixProductAttributes) {
  const { batch, rows, depth, columns } = sizes;
  const inItem = (size: number, index: string): string => (batch === 1 ? index : `item * ${String(size)}u + ${index}`);
  return {
    a: (row: string, k: string): string =>
      inItem(rows * depth, transposeA ? `(${k}) * ${String(rows)}u + (${row})` : `(${row}) * ${String(depth)}u + (${k})`),
    b: (k: string, column: string): string =>
      inItem(depth * columns, transposeB ? `(${column}) * ${String(depth)}u + (${k})` : `(${k}) * ${String(columns)}u + (${column})`),
    stored: (row: string, column: string): string[] =>
      output.shape.length === 2 ? [row, column] : [batch === 1 ? '0u' : 'item', row, column],
  };
}

/**
 * Each invocation computes a tile of outputs in registers; no workgroup memory, no barrier. Neighbouring invocations
 * take neighbouring columns. Rows and columns past the edge are computed from clamped addresses and not stored.
 */
function registerTiled(
  context: KernelContext,
  sizes: MatrixProductSizes,
  attributes: MatrixProductAttributes,
  tileRows: number,
  tileColumns: number,
): KernelSource {
  const { batch, rows, depth, columns } = sizes;
  const at = addressing(context, sizes, attributes);
  const columnThreads = Math.ceil(columns / tileColumns);
  const rowThreads = Math.ceil(rows / tileRows);
  const width = Math.min(64, 2 ** Math.ceil(Math.log2(columnThreads)));
  const height = Math.max(1, Math.min(64 / width, 2 ** Math.ceil(Math.log2(rowThreads))));
  const lastRow = `${String(rows - 1)}u`;
  const lastColumn = `${String(columns - 1)}u`;
  const exactRows = rows % tileRows === 0;
  const lines: string[] = [];
  // Column c of the tile is `columnThreads` further right, so that neighbours stay neighbours.
  for (const r of range(tileRows)) lines.push(`let row${String(r)} = global.y * ${String(tileRows)}u + ${String(r)}u;`);
  for (const c of range(tileColumns)) lines.push(`let column${String(c)} = global.x + ${String(c * columnThreads)}u;`);
  lines.unshift(`if (global.x >= ${String(columnThreads)}u || global.y >= ${String(rowThreads)}u) { return; }`);
  if (batch > 1) lines.push('let item = global.z;');
  for (const r of range(tileRows))
    lines.push(`let clampedRow${String(r)} = ${exactRows ? `row${String(r)}` : `min(row${String(r)}, ${lastRow})`};`);
  for (const c of range(tileColumns)) lines.push(`let clampedColumn${String(c)} = min(column${String(c)}, ${lastColumn});`);
  for (const r of range(tileRows)) for (const c of range(tileColumns)) lines.push(`var sum${String(r)}_${String(c)} = 0.0;`);
  // All loads of a few steps stand before their sums: a load may branch (robust access), and branches keep sums out of registers.
  const unrolled = depth % 4 === 0 ? 4 : depth % 5 === 0 ? 5 : depth % 3 === 0 ? 3 : depth % 2 === 0 ? 2 : 1;
  const name = (letter: string, index: number, step: number): string => `${letter}${String(index)}_${String(step)}`;
  lines.push(`for (var k = 0u; k < ${String(depth)}u; k += ${String(unrolled)}u) {`);
  for (const step of range(unrolled)) {
    const k = step === 0 ? 'k' : `k + ${String(step)}u`;
    for (const c of range(tileColumns))
      lines.push(`  let ${name('b', c, step)} = ${context.load(1, at.b(k, `clampedColumn${String(c)}`))};`);
    for (const r of range(tileRows)) lines.push(`  let ${name('a', r, step)} = ${context.load(0, at.a(`clampedRow${String(r)}`, k))};`);
  }
  for (const r of range(tileRows)) {
    for (const c of range(tileColumns)) {
      const products = range(unrolled).map((step) => `${name('a', r, step)} * ${name('b', c, step)}`);
      lines.push(`  sum${String(r)}_${String(c)} += ${products.join(' + ')};`);
    }
  }
  lines.push('}');
  for (const r of range(tileRows)) {
    for (const c of range(tileColumns)) {
      const conditions = [
        ...(exactRows ? [] : [`row${String(r)} < ${String(rows)}u`]),
        ...(columns % tileColumns === 0 ? [] : [`column${String(c)} < ${String(columns)}u`]),
      ];
      const store = context.store(at.stored(`row${String(r)}`, `column${String(c)}`), `sum${String(r)}_${String(c)}`);
      lines.push(conditions.length === 0 ? store : `if (${conditions.join(' && ')}) { ${store} }`);
    }
  }
  return {
    variant: `register-${String(tileRows)}x${String(tileColumns)}`,
    workgroupSize: [width, height, 1],
    workgroups: [Math.ceil(columnThreads / width), Math.ceil(rowThreads / height), batch],
    body: lines.join('\n'),
  };
}

/** The product as quads and blocks read it. */
function linearProduct(
  { output }: KernelContext,
  sizes: MatrixProductSizes,
  { transposeA, transposeB }: MatrixProductAttributes,
): LinearProduct {
  const { batch, rows, depth, columns } = sizes;
  const inItem = (size: number): string => (batch === 1 ? '' : `item * ${u(size)} + `);
  return {
    items: batch,
    rows,
    columns,
    depth: [{ name: 'k', size: depth }],
    rowOperand: {
      input: 0,
      locate: (row) => ({ lines: [], start: `${inItem(rows * depth)}${row}${transposeA ? '' : ` * ${u(depth)}`}`, positions: [] }),
      strides: [transposeA ? rows : 1],
      bounds: [],
    },
    columnOperand: {
      input: 1,
      locate: (column) => ({ lines: [], start: `${inItem(depth * columns)}${column}${transposeB ? ` * ${u(depth)}` : ''}`, positions: [] }),
      strides: [transposeB ? 1 : columns],
      bounds: [],
    },
    result: (row, column) => ({ lines: [], index: output.shape.length === 2 ? [row, column] : ['item', row, column] }),
    divisible: false,
  };
}

/** The variants for a product, best guess first. */
export function matrixProductKernels(context: KernelContext, attributes: MatrixProductAttributes): readonly KernelSource[] {
  const [a, b] = context.inputs;
  if (!a || !b) return [];
  const sizes = matrixProductSizes(a.shape, b.shape, attributes);
  const register = registerTiled(context, sizes, attributes, Math.min(4, sizes.rows), Math.min(4, sizes.columns));
  const product = linearProduct(context, sizes, attributes);
  const { software, quads } = context.profile;
  if (software) return quads ? [quadProduct(context, product), register] : [register];
  const blocks = blockProducts(context, product);
  return sizes.depth < 16 ? [register, ...blocks] : [...blocks, register];
}
