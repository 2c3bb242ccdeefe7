/** Holds the kernel of an operation against the operation's own float64 reference. */
import { describe, expect, test } from 'vitest';
import { sizeOf, type KernelOperation, type OperationSample, type Shape, type TensorType } from '../graph/tensor';
import { draw } from './draw';
import type { CpuFeatures } from '../devices/cpu/kernel';
import { planners } from '../devices/cpu/kernels/registry';
import { preparePlan } from './kernel-runs';

export type KernelCase = Pick<OperationSample, 'name' | 'inputs' | 'attributes'>;

/** Attributes are as the operation's own samples have them. */
export type AnyKernelOperation = Omit<KernelOperation<never>, 'kernels' | 'decompose' | 'flops' | 'gradient'>;

export const f32 = (...shape: number[]): { readonly shape: Shape; readonly type: 'f32' } => ({ shape, type: 'f32' });

/**
 * Rounding of float32 is 2⁻²⁴ ≈ 6e-8 relative an operation; sums of at most some hundred numbers of size 1, or of some thousand in tens
 * of separate parts, lose a few times its square root of what the largest of them is, functions of them one or two units more.
 */
const TOLERANCE = 2e-6;

const isSame = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

/** The largest difference from the reference, relative to the largest finite number of the result; NaN and infinities must be the same. */
export async function worstOf(
  operation: AnyKernelOperation,
  { name, inputs, attributes }: KernelCase,
  features: CpuFeatures = { multiplyAdd: false },
): Promise<number> {
  const given = attributes as never; // They are the operation's own.
  const types: TensorType[] = inputs.map(({ shape, type }) => ({ shape, type }));
  const output = operation.infer(types, given);
  const planner = planners.get(operation.name);
  if (!planner) throw new Error(`${operation.name} has no planner`);
  const plan = planner({ inputs: types, output, features }, given);
  const data = inputs.map(({ shape, values, range = [-1, 1] }, place) =>
    values ? Float64Array.from(values, Math.fround) : draw(`${name} ${String(place)}`, shape, range),
  );
  const expected = { shape: output.shape, data: new Float64Array(sizeOf(output.shape)) };
  operation.reference(
    data.map((numbers, place) => ({ shape: inputs[place]?.shape ?? [], data: numbers })),
    expected,
    given,
  );
  const prepared = await preparePlan(plan, types, output);
  prepared.inputs.forEach((view, place) => {
    const numbers = data[place] ?? [];
    if (inputs[place]?.type === 'i32') new Int32Array(view.buffer, view.byteOffset, view.length).set(numbers);
    else view.set(numbers);
  });
  prepared.run();
  prepared.watch();
  const largest = expected.data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1e-30);
  return prepared.output.reduce((worst, value, place) => {
    const wanted = expected.data[place] ?? NaN;
    const difference = isSame(value, wanted) ? 0 : Math.abs(value - wanted) / largest;
    return difference <= worst ? worst : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

/** A test for each of the operation's samples and of further cases. */
export function describeKernel(
  operation: AnyKernelOperation,
  cases: readonly KernelCase[],
  features: CpuFeatures = { multiplyAdd: false },
): void {
  describe(`${operation.name}${features.multiplyAdd ? ', rounded once' : ''}`, () => {
    test.each([...operation.samples, ...cases].map((one) => [one.name, one] as const))('%s', async (_name, one) => {
      expect(await worstOf(operation, one, features)).toBeLessThan(TOLERANCE);
    });
  });
}
