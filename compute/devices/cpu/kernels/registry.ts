/** The planners of all operations that have a kernel of their own, by the operation's name. */
import { gruCell, lstmCell, reluCell, tanhCell } from '../../../ops/recurrent-cell';
import type { OperationPlanner } from '../kernel';
import { planConvolution2d, planInputGradient } from './convolution-2d';
import { planWeightGradient } from './convolution-2d-weight-gradient';
import { planMatrixProduct } from './matrix-product';
import { planMaxPool2d, planMaxPool2dGradient, planMaxPool2dSelect } from './max-pool-2d';
import { planAdaptiveAveragePool2d, planAdaptiveAveragePool2dGradient, planAveragePool2d, planAveragePool2dGradient } from './mean-pool-2d';
import { planRecurrence, planRecurrenceGradient } from './recurrence';
import { planScatter } from './scatter';
import { planTileFold } from './tile-fold';
import { planTileAssembly, planTileTransform } from './tile-transform';

/** Attributes are passed on as the operation was built with them, so they fit its planner. */
export const planners: ReadonlyMap<string, OperationPlanner<never>> = new Map<string, OperationPlanner<never>>([
  ['matrixProduct', planMatrixProduct],
  ['convolution2d', planConvolution2d],
  ['convolution2dInputGradient', planInputGradient],
  ['convolution2dWeightGradient', planWeightGradient],
  ['maxPool2d', planMaxPool2d],
  ['maxPool2dGradient', planMaxPool2dGradient],
  ['maxPool2dSelect', planMaxPool2dSelect],
  ['averagePool2d', planAveragePool2d],
  ['averagePool2dGradient', planAveragePool2dGradient],
  ['adaptiveAveragePool2d', planAdaptiveAveragePool2d],
  ['adaptiveAveragePool2dGradient', planAdaptiveAveragePool2dGradient],
  ['scatter', planScatter],
  ['tileTransform', planTileTransform],
  ['tileAssembly', planTileAssembly],
  ['tileFold', planTileFold],
  ...[lstmCell, gruCell, tanhCell, reluCell].flatMap((cell) => [
    [cell.name, planRecurrence(cell)] as const,
    [`${cell.name}-gradient`, planRecurrenceGradient(cell)] as const,
  ]),
]);
