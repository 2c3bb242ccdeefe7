/** The rates that a schedule gives, for a table of one epoch or the picture of a whole training. Pure. */
import type { ParameterValues } from '../graph/parameter-schema';
import type { Moment, ScheduleDefinition } from './schedule';

/** The rate of each step of an epoch. */
export const epochRates = (
  schedule: ScheduleDefinition,
  parameters: ParameterValues,
  moment: Omit<Moment, 'stepInEpoch'>,
): Float64Array<ArrayBuffer> =>
  Float64Array.from({ length: moment.stepsPerEpoch }, (_, stepInEpoch) => schedule.rate({ ...moment, stepInEpoch }, parameters));

/**
 * `count` ≥ 2 points of the rate from the first step to the last; `epoch` is a fraction, for the axis. A schedule that looks
 * at the validation loss is shown as if the loss never got better after the first epoch: its quickest descent.
 */
export function previewRates(
  schedule: ScheduleDefinition,
  parameters: ParameterValues,
  { learningRate, epochs, stepsPerEpoch }: Pick<Moment, 'learningRate' | 'epochs' | 'stepsPerEpoch'>,
  count: number,
): { readonly epoch: number; readonly rate: number }[] {
  const last = epochs * stepsPerEpoch - 1;
  const unchanging = new Array<number>(epochs).fill(1);
  return Array.from({ length: count }, (_, index) => {
    const step = Math.round((last * index) / (count - 1));
    const epoch = Math.floor(step / stepsPerEpoch);
    const moment = {
      learningRate,
      epoch,
      epochs,
      stepInEpoch: step - epoch * stepsPerEpoch,
      stepsPerEpoch,
      validationLosses: unchanging.slice(0, epoch),
    };
    return { epoch: step / stepsPerEpoch, rate: schedule.rate(moment, parameters) };
  });
}
