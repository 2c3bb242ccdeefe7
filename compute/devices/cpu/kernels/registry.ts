/** The planners of all operations that have a kernel of their own, by the operation's name. */
import type { OperationPlanner } from '../kernel';
import { planMatrixProduct } from './matrix-product';

/** Attributes are passed on as the operation was built with them, so they fit its planner. */
export const planners: ReadonlyMap<string, OperationPlanner<never>> = new Map<string, OperationPlanner<never>>([
  ['matrixProduct', planMatrixProduct],
]);
