/** Plans where there is nothing to sum. */
import { i32 } from '../assembly/expression';
import type { OperationPlan } from '../kernel';

/** Of an output without elements. */
export const planNothing = (): OperationPlan => ({
  variant: 'nothing',
  sharedScratch: [],
  threadScratch: 0,
  filled: null,
  stages: () => [],
});

/** Fills an output of `elements` numbers with zeros: what a sum over nothing is. */
export const planZeros = (elements: number): OperationPlan => ({
  ...{ variant: 'zeros', sharedScratch: [], threadScratch: 0, filled: elements },
  stages: ({ output }) => [
    {
      name: 'zeros',
      tasks: 1,
      write: (writer) => writer.fillMemory(i32.constant(output), i32.constant(0), i32.constant(4 * elements)),
    },
  ],
});
