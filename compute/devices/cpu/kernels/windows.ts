/** Reductions over windows of a plane whose elements lie in memory as they are, four windows of a row at a time. */
import type { PoolSizes } from '../../../ops/pool-2d-sizes';
import { memory, type Vector } from '../assembly/expression';
import type { OperationPlan } from '../kernel';
import { bordered, borderedBytes, eachRow, fillBorder, planePlan, remembered, spaced, type Border } from './planes';
import { along, eachPart, range, storeLanes } from './tile';

/** What windows reach over the edges. */
export function borderOf({ input, output, kernelSize, stride, padding }: PoolSizes): Border {
  const after = (axis: 0 | 1): number => Math.max(0, (output[axis] - 1) * stride[axis] + kernelSize[axis] - padding[axis] - input[axis]);
  return { extent: input, before: padding, after: [after(0), after(1)] };
}

/** Combines the elements of each window, padding being `padding`: those of a column first, then the columns. */
export function windowPlan(
  name: string,
  sizes: PoolSizes,
  { padding, combine, finish }: { padding: number; combine: (sum: Vector, value: Vector) => Vector; finish: (sum: Vector) => Vector },
): OperationPlan {
  const { planes, input, output, kernelSize, stride } = sizes;
  const border = borderOf(sizes);
  return planePlan({
    name,
    variant: 'rows',
    planes,
    inputs: [input],
    output,
    threadScratch: borderedBytes(border),
    before: (writer, scratch) => {
      fillBorder(writer, scratch, border, padding);
    },
    write: (writer, addresses) => {
      const plane = bordered(writer, addresses.inputs[0] ?? addresses.output, addresses.scratch, border);
      const cursors = [
        { address: plane.address, bytes: stride[0] * plane.rowBytes },
        { address: addresses.output, bytes: 4 * output[1] },
      ];
      eachRow(writer, output[0], cursors, ([top = plane.address, to = addresses.output]) => {
        eachPart(writer, output[1], 4, (start, size) => {
          const corner = writer.keep(along(top, start, 4 * stride[1]));
          const columns = remembered(writer, (number) =>
            range(kernelSize[0])
              .map((row) => memory.v128(corner, row * plane.rowBytes + 16 * number))
              .reduce((sum, value) => combine(sum, value)),
          );
          const total = range(kernelSize[1])
            .map((column) => spaced(columns, column, stride[1], size))
            .reduce((sum, value) => combine(sum, value));
          storeLanes(writer, { address: along(to, start, 4), offset: 0 }, writer.keep(finish(total)), size);
        });
      });
    },
  });
}
