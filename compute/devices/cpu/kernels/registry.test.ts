/** The CPU device has a kernel for every operation that has one of its own. */
import { expect, test } from 'vitest';
import { operations } from '../../../testing/operation-cases';
import { planners } from './registry';

test('every operation with a kernel has a planner, and every planner an operation', () => {
  const kernels = [...operations.values()].filter(({ kind }) => kind === 'kernel').map(({ name }) => name);
  expect(kernels.length).toBeGreaterThan(15);
  expect([...planners.keys()].sort()).toEqual(kernels.sort());
});
