/** What a training says of itself: where it is, what it measured, what happened. Plain data that structured clone carries. */
import type { DeviceDescription } from '../devices/device';
import type { Problem } from '../graph/problem';
import type { Split } from './dataset';

/** `idle`: nothing trained yet, reset, or stopped. `finished`: all epochs done. `failed`: see the `problem` event. */
export type TrainingStatus = 'idle' | 'compiling' | 'running' | 'paused' | 'finished' | 'failed';

/** Where a training is: all counts start at 0 and are of finished steps and epochs. */
export interface TrainingPosition {
  readonly epoch: number;
  readonly epochs: number;
  readonly stepInEpoch: number;
  readonly stepsPerEpoch: number;
  /** Steps since the weights were initialised. */
  readonly step: number;
}

export interface StepMetrics {
  /** The first step is 1. */
  readonly step: number;
  readonly loss: number;
  /** Fraction of the batch predicted right. */
  readonly accuracy: number;
}

export interface Evaluation {
  readonly split: Split;
  readonly loss: number;
  readonly accuracy: number;
  readonly count: number;
  /** confusion[true class][predicted class], counts. */
  readonly confusion: readonly (readonly number[])[];
  /** Per sample of the split, in its order. */
  readonly predictions: Int32Array;
  readonly losses: Float32Array;
}

export type TrainingEvent =
  | { readonly type: 'status'; readonly status: TrainingStatus; readonly position: TrainingPosition }
  /**
   * A few times a second: every step since the last event. After a lost device, steps since the last snapshot come
   * again, with the same numbers.
   */
  | {
      readonly type: 'progress';
      readonly position: TrainingPosition;
      readonly metrics: readonly StepMetrics[];
      readonly samplesPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'epoch';
      /** Finished epochs; the first is 1. */
      readonly epoch: number;
      readonly step: number;
      /** Means over the steps of the epoch, each as its weights were then. */
      readonly train: { readonly loss: number; readonly accuracy: number };
      readonly validation: Evaluation;
    }
  | {
      readonly type: 'device';
      readonly state: 'lost' | 'recovered' | 'failed';
      readonly message: string;
      readonly description: DeviceDescription | null;
    }
  | { readonly type: 'problem'; readonly problem: Problem };
