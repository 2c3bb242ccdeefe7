/**
 * Rows of images copied with the zeros around them, and their columns sorted by the step of a convolution, so that what a tile
 * of neighbouring outputs reads through one weight stands side by side.
 */
import { f32x4, i32, memory, v128, type Int } from '../assembly/expression';
import type { FunctionWriter } from '../assembly/function-writer';
import { along, range, storeLanes } from './tile';

/** How a row of a plane is laid out: for each phase in use, every `step`-th column from `phase − left` on, `width` of them. */
export interface SlabLayout {
  readonly step: number;
  /** Columns of zeros before the first one. */
  readonly left: number;
  readonly phases: readonly number[];
  readonly width: number;
  readonly rowBytes: number;
}

/** For columns `output · step + offset` of the given offsets and outputs 0 … count. */
export function slabLayout(offsets: readonly number[], step: number, count: number): SlabLayout {
  const left = Math.max(0, -Math.min(...offsets));
  const phases = [...new Set(offsets.map((offset) => (offset + left) % step))].sort((a, b) => a - b);
  const furthest = Math.max(...offsets.map((offset) => Math.floor((offset + left) / step)));
  const width = furthest + Math.ceil(count / 4) * 4;
  return { step, left, phases, width, rowBytes: 4 * width * phases.length };
}

/** Bytes from the start of a row to where output 0 reads through the offset. */
export function columnBytes({ left, step, phases, width }: SlabLayout, offset: number): number {
  return 4 * (phases.indexOf((offset + left) % step) * width + Math.floor((offset + left) / step));
}

/** Writes zeros to columns first … end of a row; up to three more may follow. */
function zeroColumns(writer: FunctionWriter, row: Int, first: number, end: number): void {
  for (let column = first; column < end; column += 4) writer.storeVector(row, f32x4.constant(0), 4 * column);
}

/** Copies a row of `columns` elements. What is written behind its end is written again by the rows that follow. */
function copyRow(writer: FunctionWriter, source: Int, target: Int, columns: number, layout: SlabLayout): void {
  const { step, left, phases, width } = layout;
  phases.forEach((phase, index) => {
    const start = index * width;
    const first = Math.max(0, Math.ceil((left - phase) / step));
    const count = Math.max(0, Math.min(width, Math.ceil((columns + left - phase) / step)) - first);
    /** Of the first copied element in the row that it comes from. */
    const from = first * step + phase - left;
    zeroColumns(writer, target, start, start + Math.min(first, width));
    if (step <= 2) {
      const vectors = Math.ceil(count / 4);
      const move = (source: Int, target: Int, offset: number): void => {
        const low = memory.v128(source, 4 * (from + step * offset));
        const value = step === 1 ? low : v128.shuffle(low, memory.v128(source, 4 * (from + step * offset) + 16), [0, 2, 4, 6]);
        writer.storeVector(target, value, 4 * (start + first + offset));
      };
      if (vectors <= 16) for (const vector of range(vectors)) move(source, target, 4 * vector);
      else {
        const bytes = writer.local('i32');
        writer.for(bytes, i32.constant(0), i32.constant(16 * vectors), 16, () => {
          move(i32.add(source, i32.mul(bytes, i32.constant(step))), i32.add(target, bytes), 0);
        });
      }
    } else {
      const column = writer.local('i32');
      writer.for(column, i32.constant(0), i32.constant(count), 1, () => {
        const value = writer.keep(memory.splat32(along(source, column, 4 * step), 4 * from));
        storeLanes(writer, { address: along(target, column, 4), offset: 4 * (start + first) }, value, 1);
      });
    }
    zeroColumns(writer, target, start + first + count, start + width);
  });
}

export interface SlabCopy {
  readonly layout: SlabLayout;
  /** Address of the first plane, and of the slab. */
  readonly source: Int;
  readonly target: Int;
  readonly planes: number;
  readonly planeBytes: number;
  /** Size of the planes that are copied. */
  readonly height: number;
  readonly columns: number;
  /** The first row, negative above the plane; how many. */
  readonly firstRow: Int;
  readonly rows: number;
}

/** Copies rows of several planes; those outside of them are zeros. */
export function writeSlabCopy(writer: FunctionWriter, copy: SlabCopy): void {
  const { layout, source, target, planes, planeBytes, height, columns, firstRow, rows } = copy;
  const plane = writer.local('i32');
  const row = writer.local('i32');
  writer.for(plane, i32.constant(0), i32.constant(planes), 1, () => {
    const from = writer.keep(along(source, plane, 4 * height * columns));
    const to = writer.keep(along(target, plane, planeBytes));
    writer.for(row, firstRow, i32.add(firstRow, i32.constant(rows)), 1, () => {
      // Rows above the plane are, unsigned, beyond its end as well.
      writer.if(
        i32.ltU(row, i32.constant(height)),
        () => copyRow(writer, writer.keep(along(from, row, 4 * columns)), to, columns, layout),
        () => zeroColumns(writer, to, 0, layout.rowBytes / 4),
      );
      writer.increase(to, layout.rowBytes);
    });
  });
}
