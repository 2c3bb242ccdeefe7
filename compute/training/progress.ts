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
  /** Fraction of the batch predicted right; NaN where the target is no class. */
  readonly accuracy: number;
  /** Mean over batch and targets of how far numbers are off; NaN where labels are no numbers. */
  readonly meanAbsoluteError: number;
}

/** A step as it was taken: what was measured, and with what it was done. */
export interface MeasuredStep extends StepMetrics {
  readonly learningRate: number;
  /** Of all weights together, before it is normalised or clipped; null where nothing asks for it. */
  readonly gradientNorm: number | null;
}

/** Why a training ended before its epochs did: a rule of the settings (StoppingSettings). */
export type StopRule = 'steps' | 'gradientNorm' | 'stableLoss' | 'early';

/** A NaN or an infinity: the first tensor that holds one, in the order of computation. */
export interface BadNumber {
  /** The step that was not taken because of it; the first step is 1. */
  readonly step: number;
  readonly what: 'weight' | 'buffer' | 'optimizer' | 'input' | 'activation' | 'loss' | 'gradient';
  /** `conv1.weight`, the node of an activation, or the optimizer's slot and weight; empty for the loss. */
  readonly tensor: string;
  /** The layer that it belongs to. */
  readonly node: string | null;
  readonly value: 'NaN' | 'infinity';
  /** Where a step back leads to: the newest snapshot of which every number is finite. Null if there is none. */
  readonly stepBack: { readonly epoch: number; readonly step: number } | null;
}

/** How well numbers are told: of one target, or of all. */
export interface RegressionMeasures {
  /** Mean of |estimate − target|. */
  readonly meanAbsoluteError: number;
  /** Coefficient of determination: 1 − Σ (target − estimate)² / Σ (target − mean of the targets)²; NaN where the targets are all alike. */
  readonly r2: number;
}

export interface Regression extends RegressionMeasures {
  /** In their order; `r2` of all is the mean of theirs. */
  readonly targets: readonly (RegressionMeasures & { readonly name: string })[];
  /** What the network says, sample after sample, a number a target. */
  readonly estimates: Float32Array;
}

export interface Evaluation {
  readonly split: Split;
  readonly loss: number;
  /** NaN where the target is no class. */
  readonly accuracy: number;
  readonly count: number;
  /** confusion[true class][predicted class], counts; empty where the target is no class. */
  readonly confusion: readonly (readonly number[])[];
  /** Per sample of the split, in its order. */
  readonly predictions: Int32Array;
  readonly losses: Float32Array;
  /** Null where labels are no numbers. */
  readonly regression: Regression | null;
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
      readonly metrics: readonly MeasuredStep[];
      readonly samplesPerSecond: number;
      readonly secondsLeft: number;
      /** Part of the time since the last event in which the device did not wait for samples: 1 unless they are streamed. */
      readonly busyShare: number;
    }
  | {
      readonly type: 'epoch';
      /** Finished epochs; the first is 1. */
      readonly epoch: number;
      readonly step: number;
      /** Means over the steps of the epoch, each as its weights were then. */
      readonly train: { readonly loss: number; readonly accuracy: number; readonly meanAbsoluteError: number };
      readonly validation: Evaluation;
    }
  | {
      readonly type: 'device';
      readonly state: 'lost' | 'recovered' | 'failed';
      readonly message: string;
      readonly description: DeviceDescription | null;
    }
  /** A stopping rule ended the training; the status `finished` follows. `restored`: whose weights it has now, if not the last. */
  | {
      readonly type: 'stopped';
      readonly rule: StopRule;
      readonly epoch: number;
      readonly step: number;
      readonly restored: { readonly epoch: number; readonly step: number } | null;
    }
  /** The status `paused` follows; the call `step-back` goes back. The problem says it in words. */
  | { readonly type: 'bad-number'; readonly finding: BadNumber; readonly problem: Problem }
  | { readonly type: 'problem'; readonly problem: Problem };
