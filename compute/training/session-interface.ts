/** What a training session offers; session.ts makes it. */
import type { Device, DeviceDescription } from '../devices/device';
import type { ModelDocument } from '../graph/model-document';
import type { SafetensorsEntry } from '../graph/safetensors';
import type { PreparationSettings, TrainingSettings } from '../graph/training-settings';
import type { PreviewRequest } from './augmentation-preview';
import type { Dataset } from './dataset';
import type { GivenWeights } from './model';
import type { NetworkOnDevice } from './network-on-device';
import type { TrainingEvent, TrainingPosition, TrainingStatus } from './progress';
import type { Snapshot } from './snapshot';
import type { Statistics } from './statistics';
import type { WindowLayout } from './windows';

export interface SessionOptions {
  /** Opens a device; called again when one is lost. Rejects, with a ProblemError if it can say why, where there is none. */
  readonly openDevice: () => Promise<Device>;
  readonly emit: (event: TrainingEvent) => void;
  /** Milliseconds from any origin; performance.now by default. */
  readonly now?: () => number;
}

export interface Configuration {
  readonly document: ModelDocument;
  readonly settings: TrainingSettings;
  /** Whether weights of the same name and shape go over to the new network. */
  readonly keepWeights: boolean;
  /** What the network begins with, now and after a reset. */
  readonly given?: GivenWeights;
}

export interface Session {
  readonly status: TrainingStatus;
  readonly position: TrainingPosition;
  readonly device: DeviceDescription | null;
  readonly dataset: Dataset | null;
  /** Opens the device, or another one in its place. */
  openDevice(): Promise<DeviceDescription>;
  loadDataset(dataset: Dataset): Promise<void>;
  configure(configuration: Configuration): Promise<{ readonly position: TrainingPosition; readonly parameterCount: number }>;
  train(): Promise<void>;
  pause(): Promise<TrainingPosition>;
  step(steps?: number): Promise<TrainingPosition>;
  stop(): Promise<TrainingPosition>;
  /** Back to the newest snapshot of which every number is finite. Problem: `training.no-step-back`. */
  stepBack(): Promise<TrainingPosition>;
  reset(): Promise<void>;
  /** The latest snapshot, or one of this moment; null before anything is configured. */
  snapshot(fresh: boolean): Promise<Snapshot | null>;
  /** Goes back to a snapshot's weights, optimizer and position; without statistics samples are prepared as they are now. Problems: `checkpoint.*`. */
  restore(
    snapshot: Omit<Snapshot, 'model' | 'statistics' | 'layout'> & {
      readonly settings: TrainingSettings;
      readonly statistics?: Statistics | null;
      readonly layout?: WindowLayout | null;
    },
  ): Promise<TrainingPosition>;
  /** Puts in these weights; the position is the beginning, the optimizer forgets. Problems: `checkpoint.*`. */
  loadWeights(weights: readonly SafetensorsEntry[]): Promise<void>;
  /** Samples of the data set as these settings would augment them in a step of training; no network is needed. Problems: those of the settings. */
  preview(request: PreviewRequest & { readonly preparation: PreparationSettings }): Promise<Float32Array>;
  /** Runs something on the network, between training steps; a ProblemError where there is none or its device is lost. */
  use<Result>(work: (network: NetworkOnDevice) => Promise<Result>): Promise<Result>;
  dispose(): void;
}
