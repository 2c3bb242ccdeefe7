/** Overlapping pieces added up along an axis: four neighbouring rows of pieces at a time, or four pieces of a row where it is the last axis. */
import { tileFoldSizes, type TileFoldAttributes } from '../../../ops/tile-fold.op';
import { columnsOf } from '../../../ops/tile-transform.op';
import { f32x4, i32, memory, v128, type Int } from '../assembly/expression';
import type { FunctionWriter, Local } from '../assembly/function-writer';
import type { OperationPlanner } from '../kernel';
import { linearMap } from './linear-map';
import { copyRow, planePlan, storeInterleaved } from './planes';
import { along, eachPart, range, storeLanes } from './tile';

export const planTileFold: OperationPlanner<TileFoldAttributes> = ({ inputs, features }, attributes) => {
  const { first, outer, inner, pieces, last, overlap } = tileFoldSizes(inputs, attributes);
  const { matrix, step, padding, length } = attributes;
  const size = columnsOf(matrix);
  const planes = first * inner * outer;
  const partBytes = 4 * planes * pieces * last;
  /** A piece of each lane, whose parts begin here. */
  const pieceAt = (writer: FunctionWriter, address: Int): Local<'v128'>[] => {
    const parts = range(size).map((number) => writer.keep(memory.v128(i32.add(address, i32.constant(number * partBytes)))));
    return linearMap(writer, features, matrix, parts);
  };
  const clear = (writer: FunctionWriter, carried: readonly Local<'v128'>[]): void => {
    for (const local of carried) writer.set(local, f32x4.constant(0));
  };

  /** The axis is not the last: lanes are neighbours along the last. */
  const acrossRows = (writer: FunctionWriter, from: Int, output: Int): void => {
    const carried = range(overlap).map(() => writer.local('v128'));
    eachPart(writer, last, 4, (start, count) => {
      clear(writer, carried);
      const at = writer.keep(along(from, start, 4));
      const to = writer.keep(i32.add(along(output, start, 4), i32.constant(-4 * last * padding)));
      const piece = writer.local('i32');
      writer.for(piece, i32.constant(0), i32.constant(pieces), 1, () => {
        const rows = pieceAt(writer, at);
        range(step).forEach((row) => {
          const own = rows[row]!;
          const kept = carried[row];
          const value = kept ? writer.keep(f32x4.add(own, kept)) : own;
          const put = (): void => {
            storeLanes(writer, { address: i32.add(to, i32.constant(4 * last * row)), offset: 0 }, value, count);
          };
          if (padding === 0 && pieces * step <= length) put();
          else writer.if(i32.ltU(i32.add(i32.mul(piece, i32.constant(step)), i32.constant(row - padding)), i32.constant(length)), put);
        });
        carried.forEach((local, row) => {
          writer.set(local, rows[step + row]!);
        });
        writer.increase(at, 4 * last);
        writer.increase(to, 4 * last * step);
      });
      carried.forEach((local, row) => {
        const position = pieces * step + row - padding;
        if (position < 0 || position >= length) return;
        storeLanes(writer, { address: i32.add(to, i32.constant(4 * last * row)), offset: 0 }, local, count);
      });
    });
  };

  /** The axis is the last: lanes are neighbouring pieces, and each adds what the lane before it reaches over. */
  const alongRow = (writer: FunctionWriter, from: Int, output: Int, scratch: Int): void => {
    const carried = range(overlap).map(() => writer.local('v128'));
    clear(writer, carried);
    eachPart(writer, pieces, 4, (start, count) => {
      const rows = pieceAt(writer, along(from, start, 4));
      const values = rows.slice(0, step).map((own, row) => {
        const kept = carried[row];
        const over = rows[step + row];
        return kept && over ? writer.keep(f32x4.add(own, v128.shuffle(kept, over, [3, 4, 5, 6]))) : own;
      });
      carried.forEach((local, row) => {
        writer.set(local, rows[step + row]!);
      });
      storeInterleaved(writer, values, writer.keep(along(scratch, start, 4 * step)), 0, count);
    });
    const lastLane = (pieces - 1) % 4;
    carried.forEach((local, row) => {
      writer.storeLane(scratch, local, lastLane, 4 * (pieces * step + row));
    });
    copyRow(writer, i32.add(scratch, i32.constant(4 * padding)), output, length);
  };

  return planePlan({
    name: 'tileFold',
    variant: last === 1 ? 'along rows' : 'across rows',
    planes,
    inputs: [[pieces, last]],
    output: [length, last],
    // Whole vectors are read from it.
    threadScratch: last === 1 ? 4 * (pieces * step + overlap + 4) : 0,
    inputStart: (writer, plane) => {
      const kept = writer.keep(plane);
      const outerOf = i32.remU(kept, i32.constant(outer));
      const innerOf = i32.remU(i32.divU(kept, i32.constant(outer)), i32.constant(inner));
      const firstOf = i32.divU(kept, i32.constant(outer * inner));
      const row = i32.add(i32.mul(i32.add(i32.mul(firstOf, i32.constant(outer)), outerOf), i32.constant(inner)), innerOf);
      return i32.mul(row, i32.constant(pieces * last));
    },
    write: (writer, { inputs: [from], output, scratch }) => {
      if (!from) throw new Error('tileFold takes an input');
      if (last === 1) alongRow(writer, from, output, scratch);
      else acrossRows(writer, from, output);
    },
  });
};
