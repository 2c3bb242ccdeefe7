/** What a schedule is: one file of this folder, <kind>.schedule.ts, that exports `schedule = defineSchedule({…})`. */
import type { ParameterSchema, ParameterValues, ValuesOf } from '../graph/parameter-schema';

/** A step of a training, and what is known before it is taken. */
export interface Moment {
  /** The rate of the settings. */
  readonly learningRate: number;
  /** Finished epochs, and of how many. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps of this epoch that are finished, and of how many. */
  readonly stepInEpoch: number;
  readonly stepsPerEpoch: number;
  /** Validation loss at the end of each finished epoch, the first one first. */
  readonly validationLosses: readonly number[];
}

export interface ScheduleDefinition<Schema extends ParameterSchema = ParameterSchema, Values = ParameterValues> {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly parameters: Schema;
  /** The rate, in plain text with Unicode signs: η₀ is that of the settings, e counts epochs and t steps from 0, T is their number. */
  readonly formula: string;
  /** Learning rate of the step at this moment. Pure, in float64; what training uses and what a preview shows. */
  readonly rate: (moment: Moment, parameters: Values) => number;
  /**
   * PyTorch: an expression over `optimizer`, `epochs`, `steps_per_epoch` and `learning_rate` that makes the scheduler, which is
   * stepped after every step, after every epoch, or after every epoch with the validation loss.
   */
  readonly pytorch: (parameters: Values) => { readonly scheduler: string; readonly stepped: 'step' | 'epoch' | 'loss' };
  /** Parameters under which the tests compare it with PyTorch; the first are its defaults. */
  readonly samples: readonly Values[];
}

export const defineSchedule = <const Schema extends ParameterSchema>(
  definition: ScheduleDefinition<Schema, ValuesOf<Schema>>,
): ScheduleDefinition =>
  // As for layers: values come through checkParameters.
  definition as unknown as ScheduleDefinition;

/** Steps since the training began, and how many it has in all. */
export const stepOf = ({ epoch, stepInEpoch, stepsPerEpoch }: Moment): number => epoch * stepsPerEpoch + stepInEpoch;
export const stepsOf = ({ epochs, stepsPerEpoch }: Moment): number => epochs * stepsPerEpoch;

/** From `start` at 0 to `end` at 1 along half a wave of the cosine; `part` is held within 0 … 1. */
export const cosineBetween = (start: number, end: number, part: number): number =>
  end + ((start - end) * (1 + Math.cos(Math.PI * Math.min(1, Math.max(0, part))))) / 2;
