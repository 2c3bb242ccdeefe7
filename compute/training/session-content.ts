/** What a session puts on a device, and what of it goes over when the settings change. Pure. */
import { checkParameters } from '../graph/parameter-schema';
import { unwrap } from '../graph/problem';
import type { TrainingSettings } from '../graph/training-settings';
import { epochRates } from '../schedules/preview';
import { schedules } from '../schedules/registry';
import type { EpochRecord } from './history';
import type { Model } from './model';
import type { Snapshot } from './snapshot';

export type Content = Omit<Snapshot, 'model'>;

/** Where places and epochs mean something else than before, what was measured at them says nothing. */
export const withoutHistory = <Part extends Content>(content: Part): Part => ({ ...content, history: [], best: null });

/** The learning rates of an epoch; throws a ProblemError where the schedule or its parameters are wrong. */
export function ratesOfEpoch(
  { schedule, learningRate, epochs }: TrainingSettings,
  stepsPerEpoch: number,
  epoch: number,
  history: readonly EpochRecord[],
): Float64Array {
  const definition = schedules.get(schedule.kind);
  if (definition === undefined) throw new RangeError(`There is no schedule ${schedule.kind}.`);
  const parameters = unwrap(checkParameters(definition.parameters, schedule.parameters));
  const validationLosses = history.map(({ validationLoss }) => validationLoss);
  return epochRates(definition, parameters, { learningRate, epoch, epochs, stepsPerEpoch, validationLosses });
}

/** Whether two configurations share all programs: then the change needs no stop. */
export function onlyPaceDiffers(current: Model, next: Model): boolean {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const { learningRate, epochs, schedule, stopping } = next.settings;
  // The bound of the gradient's norm is part of the program.
  const samePrograms = stopping.gradientNorm === current.settings.stopping.gradientNorm;
  return (
    samePrograms &&
    current.given?.id === next.given?.id &&
    same(current.document, next.document) &&
    same({ ...current.settings, learningRate, epochs, schedule, stopping }, next.settings)
  );
}
