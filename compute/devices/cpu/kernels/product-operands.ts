/** Where the two operands of a product of matrices stand, and how blocks of them are packed into panels that a tile reads in order. */
import { i32, memory, type Int } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { along, eachPart, range, transposeFour } from './tile';

/** A matrix in memory by what its two axes step; one of the two is 4. The outer axis is the rows of the left, the columns of the right operand. */
export interface Operand {
  readonly outerBytes: number;
  readonly depthBytes: number;
  /** From one matrix of a stack to the next. */
  readonly itemBytes: number;
}

/** What one task does of 0 … total: `count` elements from `from` on, at the end fewer; `from` is a multiple of `count`. */
export interface TaskRange {
  readonly from: Int;
  readonly count: number;
  readonly total: number;
}

/**
 * Writes `body` for each part of `size` elements that the task does; what is left over is a smaller part. Unless all tasks do
 * equally many, `size` divides their number.
 */
export function eachPartOf(
  writer: FunctionWriter,
  { from, count, total }: TaskRange,
  size: number,
  body: (start: Int, size: number) => void,
): void {
  if (count >= total) {
    eachPart(writer, total, size, body);
    return;
  }
  if (total % count === 0) {
    eachPart(writer, count, size, (start, part) => body(writer.keep(i32.add(from, start)), part));
    return;
  }
  const whole = total - (total % size);
  const end = writer.keep(i32.add(from, i32.constant(count)));
  const start = writer.local('i32');
  writer.for(start, from, i32.lesserU(end, i32.constant(whole)), size, () => body(start, size));
  if (whole < total) writer.if(i32.geU(end, i32.constant(total)), () => body(i32.constant(whole), total - whole));
}

/** Bytes of the panels of a right operand: each holds `width` columns, those of one depth side by side. */
export const panelBytes = (depth: number, columns: number): number => depth * Math.ceil(columns / 4) * 16 + 64;

interface PanelPacking {
  readonly from: Int;
  readonly operand: Operand;
  readonly to: Int;
  readonly depth: number;
  readonly columns: TaskRange;
  /** Columns of a panel, a multiple of 4. */
  readonly width: number;
}

/** Packs panels one after another; columns past the last hold anything. */
export function packPanels(writer: FunctionWriter, packing: PanelPacking): void {
  if (packing.operand.outerBytes === 4) packRowsToPanels(writer, packing);
  else packColumnsToPanels(writer, packing);
}

/** Rows of columns side by side are read from end to end, some at a time, and dealt out to the panels. */
function packRowsToPanels(writer: FunctionWriter, { from, operand, to, depth, columns, width }: PanelPacking): void {
  eachPart(writer, depth, 8, (first, steps) => {
    const row = writer.keep(along(from, first, operand.depthBytes));
    eachPartOf(writer, columns, width, (start, size) => {
      const vectors = Math.ceil(size / 4);
      const source = writer.keep(along(row, start, 4));
      const target = writer.keep(along(along(to, start, 4 * depth), first, 16 * vectors));
      for (const step of range(steps)) {
        for (const vector of range(vectors)) {
          const value = memory.v128(source, step * operand.depthBytes + 16 * vector);
          writer.storeVector(target, value, 16 * (step * vectors + vector));
        }
      }
    });
  });
}

/** Four columns, which lie along the depth, are transposed at a time. */
function packColumnsToPanels(writer: FunctionWriter, { from, operand, to, depth, columns, width }: PanelPacking): void {
  eachPartOf(writer, columns, width, (start, size) => {
    const vectors = Math.ceil(size / 4);
    const source = writer.keep(along(from, start, operand.outerBytes));
    const target = writer.keep(along(to, start, 4 * depth));
    eachPart(writer, depth, 4, (_first, steps) => {
      for (const vector of range(vectors)) {
        const rows = range(4).map((lane) => memory.v128(source, Math.min(4 * vector + lane, size - 1) * operand.outerBytes));
        const turned = transposeFour(writer, rows);
        for (const step of range(steps)) writer.storeVector(target, turned[step]!, 16 * (step * vectors + vector));
      }
      writer.increase(source, 4 * steps);
      writer.increase(target, steps * 16 * vectors);
    });
  });
}

/** Packs groups of `height` rows, whose axis steps 4 bytes, each with the numbers of one depth side by side; `stride` depths a group. */
export function packRows(
  writer: FunctionWriter,
  from: { readonly address: Int; readonly depthBytes: number },
  to: Int,
  { depth, stride }: { readonly depth: Int; readonly stride: number },
  rows: TaskRange,
  height: number,
): void {
  const pack = (start: Int): void => {
    const source = writer.keep(along(from.address, start, 4));
    const target = writer.keep(along(to, i32.sub(start, rows.from), 4 * stride));
    const end = writer.keep(along(target, depth, 4 * height));
    writer.while(i32.ltU(target, end), () => {
      // The second vector overlaps the first; what a single one writes too much the next depth overwrites.
      writer.storeVector(target, memory.v128(source));
      if (height > 4) writer.storeVector(target, memory.v128(source, 4 * (height - 4)), 4 * (height - 4));
      writer.increase(source, from.depthBytes);
      writer.increase(target, 4 * height);
    });
  };
  const start = writer.local('i32');
  const end = i32.add(rows.from, i32.constant(rows.count));
  writer.for(start, rows.from, i32.lesserU(end, i32.constant(rows.total)), height, () => pack(start));
}
