/** A kernel that does nothing but multiply and add in registers: the f32 rate that products are held against. */
import { apply, type KernelOperation, type NoAttributes, type Tensor } from '../compute/graph/tensor';
import { range } from '../compute/ops/kernel-text';

/** Sums that an invocation keeps, as vectors of four: enough that none waits for the one before it. */
const VECTORS = 8;
/** Multiply-adds of each sum, so many of them side by side in a loop's body. */
const TURNS = 1024;
const UNROLLED = 8;

/** Floating-point operations for each element of the result. */
export const OPERATIONS_OF_ELEMENT = 2 * 4 * VECTORS * TURNS;

const multiplyAddOperation: KernelOperation<NoAttributes> = {
  kind: 'kernel',
  name: 'multiplyAdd',
  infer: ([input]) => ({ shape: input?.shape ?? [], type: 'f32' }),
  gradient: 'nondifferentiable',
  kernels: ({ load, store, output }) => {
    const sums = range(VECTORS).map((number) => `sum${String(number)}`);
    const size = output.shape[0] ?? 0;
    const body = [
      `if (global.x >= ${String(size)}u) { return; }`,
      // Numbers that the compiler does not know.
      `let factor = vec4<f32>(${load(0, 'global.x')});`,
      ...sums.map((sum, number) => `var ${sum} = factor + ${String(number)}.0;`),
      `for (var turn = 0u; turn < ${String(TURNS / UNROLLED)}u; turn++) {`,
      ...range(UNROLLED).flatMap(() => sums.map((sum) => `${sum} = fma(${sum}, factor, factor);`)),
      '}',
      `let total = ${sums.join(' + ')};`,
      store(['global.x'], 'total.x + total.y + total.z + total.w'),
    ];
    return [{ variant: 'registers', workgroupSize: [64, 1, 1], workgroups: [Math.ceil(size / 64), 1, 1], body: body.join('\n') }];
  },
  flops: (_inputs, _attributes, output) => OPERATIONS_OF_ELEMENT * (output.shape[0] ?? 0),
  reference: ([input], output) => {
    for (const index of output.data.keys()) {
      const factor = input?.data[index] ?? 0;
      let total = 0;
      for (const number of range(VECTORS)) {
        let sum = factor + number;
        for (let turn = 0; turn < TURNS; turn++) sum = sum * factor + factor;
        total += 4 * sum;
      }
      output.data[index] = total;
    }
  },
  samples: [],
};

/** Of each element x of a vector below 1 in size, 32 · x / (1 − x) up to rounding: the limit of s ← s · x + x, 32 times. */
export const multiplyAdd = (input: Tensor): Tensor => apply(multiplyAddOperation, [input], {});
