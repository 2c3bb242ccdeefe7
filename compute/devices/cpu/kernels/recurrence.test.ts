/** Recurrent cells in WebAssembly held against the operations' own float64 reference. */
import { gruGradientOperation, gruOperation } from '../../../ops/gru.op';
import { lstmGradientOperation, lstmOperation } from '../../../ops/lstm.op';
import { gruCell, lstmCell, reluCell, tanhCell } from '../../../ops/recurrent-cell';
import { reluRnnGradientOperation, reluRnnOperation, tanhRnnGradientOperation, tanhRnnOperation } from '../../../ops/simple-rnn.op';
import { describeKernel, f32 } from '../../../testing/kernel-comparison';

const cells = [
  [lstmCell, lstmOperation, lstmGradientOperation],
  [gruCell, gruOperation, gruGradientOperation],
  [tanhCell, tanhRnnOperation, tanhRnnGradientOperation],
  [reluCell, reluRnnOperation, reluRnnGradientOperation],
] as const;

/** Batch, steps, units, reversed. */
const sizes = [
  [1, 4, 33, false],
  [3, 3, 12, true],
  [7, 3, 20, false],
  [9, 2, 7, true],
  [70, 2, 18, false],
  [5, 2, 64, false],
] as const;

for (const [cell, forward, gradient] of cells) {
  // Weights so small that sums over the units stay of size 1.
  const weight = (shape: number[], units: number) => ({ ...f32(...shape), range: [-2 / units, 2 / units] as const });
  const nameOf = ([batch, steps, units, reverse]: (typeof sizes)[number]): string =>
    `${String(batch)} samples, ${String(steps)} steps, ${String(units)} units${reverse ? ', reversed' : ''}`;
  describeKernel(
    forward,
    sizes.map((size) => {
      const [batch, steps, units, reverse] = size;
      const columns = cell.gates * units;
      return {
        name: nameOf(size),
        inputs: [f32(batch, steps, columns), weight([units, columns], units), f32(columns)],
        attributes: { reverse },
      };
    }),
  );
  describeKernel(
    gradient,
    sizes.map((size, place) => {
      const [batch, steps, units, reverse] = size;
      const values = { ...f32(cell.planes, batch, steps, units), range: [0.1, 0.9] as const };
      const cotangent = place % 2 === 0 ? f32(batch, steps, units) : f32(cell.planes, batch, steps, units);
      return { name: nameOf(size), inputs: [values, weight([cell.gates * units, units], units), cotangent], attributes: { reverse } };
    }),
  );
}
