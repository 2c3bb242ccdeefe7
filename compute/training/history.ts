/** What the epochs of a training measured, and what follows from it: whether it ends, and which epoch was the best. Pure. */
import type { StoppingSettings, TrainingSettings } from '../graph/training-settings';
import type { StopRule } from './progress';

/** At the end of an epoch; the first of the history is the first epoch. */
export interface EpochRecord {
  /** Steps since the weights were initialised. */
  readonly step: number;
  /** Mean over the steps of the epoch. */
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** NaN where the target is no class. */
  readonly validationAccuracy: number;
}

type EarlyStopping = NonNullable<StoppingSettings['early']>;

/** Place of the last epoch that was better than all before it by the change that is asked for; −1 without epochs. */
export function bestEpoch(history: readonly EpochRecord[], { measure, minimumChange }: EarlyStopping): number {
  // Both as costs: the less the better.
  const costs = history.map(({ validationLoss, validationAccuracy }) => (measure === 'loss' ? validationLoss : -validationAccuracy));
  return costs.reduce((best, cost, place) => (best < 0 || cost < (costs[best] ?? 0) - minimumChange ? place : best), -1);
}

const isStable = (history: readonly EpochRecord[], { tolerance, epochs }: NonNullable<StoppingSettings['stableLoss']>): boolean =>
  history.length > epochs &&
  history.slice(-epochs).every(({ trainLoss }, index) => {
    const before = history[history.length - epochs + index - 1]?.trainLoss ?? NaN;
    return Math.abs(trainLoss - before) <= tolerance * Math.abs(before);
  });

/** The rule by which a training ends after these epochs, if one does. */
export function ruleAfterEpoch(history: readonly EpochRecord[], { stableLoss, early }: StoppingSettings): StopRule | null {
  if (early !== null && history.length > 0 && history.length - 1 - bestEpoch(history, early) >= early.patience) return 'early';
  return stableLoss !== null && isStable(history, stableLoss) ? 'stableLoss' : null;
}

interface Place {
  /** Finished epochs, and steps of the next that are done. */
  readonly epoch: number;
  readonly stepInEpoch: number;
}

/** Steps that are left until the settings' number of steps ends the training; Infinity if none does. */
export const stepsLeft = ({ epoch, stepInEpoch }: Place, stepsPerEpoch: number, { stopping }: TrainingSettings): number =>
  stopping.steps === null ? Infinity : Math.max(0, stopping.steps - epoch * stepsPerEpoch - stepInEpoch);

/** Why a training at this place goes no further, if it does not: its epochs are over, or a rule that its place and history tell. */
export function endAt(
  place: Place,
  history: readonly EpochRecord[],
  stepsPerEpoch: number,
  settings: TrainingSettings,
): 'epochs' | StopRule | null {
  if (place.epoch >= settings.epochs) return 'epochs';
  if (stepsLeft(place, stepsPerEpoch, settings) === 0) return 'steps';
  return place.stepInEpoch === 0 ? ruleAfterEpoch(history, settings.stopping) : null;
}
