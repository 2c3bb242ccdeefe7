/** Scattering in WebAssembly held against the operation's own float64 reference. */
import { scatterOperation } from '../../../ops/gather.op';
import { describeKernel, f32 } from '../../../testing/kernel-comparison';

const scattered = (rows: number, picks: number, rest: readonly number[]) => ({
  name: `${String(picks)} of ${rest.join('×')} to ${String(rows)} rows`,
  inputs: [
    f32(picks, ...rest),
    { shape: [picks], type: 'i32' as const, values: Array.from({ length: picks }, (_, pick) => ((pick * pick * 31) % (rows + 3)) - 1) },
  ],
  attributes: { rows },
});

describeKernel(scatterOperation, [
  scattered(1, 1, [1]),
  scattered(5, 0, [3]),
  scattered(1000, 300, [17]),
  scattered(5000, 100, [2]),
  scattered(20_000, 700, []),
  scattered(40, 50, [3, 40, 7]),
]);
