/** Short ways to write the samples of operations. */
import type { OperationSample, Shape } from '../graph/tensor';

type SampleInput = OperationSample['inputs'][number];

/** Numbers drawn uniformly from the range. */
export const floats = (shape: Shape, range: readonly [number, number] = [-2, 2]): SampleInput => ({ shape, type: 'f32', range });

/** These numbers, row-major. */
export const given = (shape: Shape, values: readonly number[]): SampleInput => ({ shape, type: 'f32', values });

/** These whole numbers, row-major. */
export const integers = (shape: Shape, values: readonly number[]): SampleInput => ({ shape, type: 'i32', values });

/** These bytes, row-major. */
export const bytes = (shape: Shape, values: readonly number[]): SampleInput => ({ shape, type: 'u8', values });
