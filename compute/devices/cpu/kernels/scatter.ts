/**
 * Rows added up by index: each task owns some columns of some rows of the result and walks all indices in order, so that sums have the
 * order of the indices whatever the number of threads.
 */
import { sizeOf } from '../../../graph/tensor';
import { f32, f32x4, i32, memory, select, type Int } from '../assembly/expression';
import type { OperationPlanner } from '../kernel';
import { along, eachPart, storeLanes } from './tile';

/** Elements of the result that a task owns at least: the walk over the indices must not cost more than the sums. */
const leastElements = 4096;
/** Tasks at most: each walks all indices. */
const mostTasks = 16;

export const planScatter: OperationPlanner<{ readonly rows: number }> = ({ inputs }, { rows }) => {
  const [picks = 0, ...rest] = inputs[0]?.shape ?? [];
  const columns = sizeOf(rest);
  const rowBytes = 4 * columns;
  const rowsEach = Math.max(1, Math.ceil(rows / mostTasks), Math.ceil(leastElements / Math.max(1, columns)));
  return {
    variant: 'rows',
    sharedScratch: [],
    threadScratch: 0,
    filled: rowsEach * columns,
    stages: ({ inputs: [values = 0, indices = 0], output }) => [
      {
        name: 'scatter',
        tasks: Math.max(1, Math.ceil(rows / rowsEach)),
        write: (writer, task) => {
          const first = writer.keep(i32.mul(task, i32.constant(rowsEach)));
          const count = writer.keep(i32.lesserU(i32.sub(i32.constant(rows), first), i32.constant(rowsEach)));
          const own = writer.keep(along(i32.constant(output), first, rowBytes));
          writer.fillMemory(own, i32.constant(0), i32.mul(count, i32.constant(rowBytes)));
          const pick = writer.local('i32');
          writer.for(pick, i32.constant(0), i32.constant(picks), 1, () => {
            const index = writer.keep(memory.i32(along(i32.constant(indices), pick, 4)));
            // A negative index is a great unsigned one; out of range is row 0. Rows before this task's are great numbers as well.
            const row: Int = select(index, i32.constant(0), i32.ltU(index, i32.constant(rows)));
            const place = writer.keep(i32.sub(row, first));
            writer.if(i32.ltU(place, count), () => {
              const from = writer.keep(along(i32.constant(values), pick, rowBytes));
              const to = writer.keep(along(own, place, rowBytes));
              if (columns === 1) {
                writer.storeF32(to, f32.add(memory.f32(to), memory.f32(from)));
                return;
              }
              eachPart(writer, columns, 4, (start, size) => {
                const here = along(to, start, 4);
                const sum = writer.keep(f32x4.add(memory.v128(here), memory.v128(along(from, start, 4))));
                storeLanes(writer, { address: here, offset: 0 }, sum, size);
              });
            });
          });
        },
      },
    ],
  };
};
